import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Nothing } from '../parts/nothing.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Nothing icon={IconMapQuestion} title={t('fault.notFoundTitle')} text={t('fault.notFoundText')}>
      <Button component={Link} to="/">
        {t('nav.overview')}
      </Button>
    </Nothing>
  );
}
