import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function Brand({ size = 34, subtitle }: { size?: number; subtitle?: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Group gap={10} wrap="nowrap">
      <img src="/icon.svg" width={size} height={size} alt="" />
      <div className="tl-brand">
        <Text fw={600} size={size > 40 ? 'xl' : 'lg'} lh={1.15}>
          {t('common.product')}
        </Text>
        {subtitle ? (
          <Text size="xs" c="dimmed" lh={1.3} truncate>
            {subtitle}
          </Text>
        ) : null}
      </div>
    </Group>
  );
}
