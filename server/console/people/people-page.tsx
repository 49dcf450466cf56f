import { Alert, Tabs } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { ApiKeys } from './api-keys.tsx';
import { Users } from './users.tsx';

export function PeoplePage() {
  const { t } = useTranslation();
  const user = useUser();
  if (!user.may('administer')) return <Alert icon={<IconInfoCircle aria-hidden />}>{t('people.notAllowed')}</Alert>;
  return (
    <Page title={t('nav.people')} text={t('people.text')} narrow>
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="users">{t('people.users')}</Tabs.Tab>
          <Tabs.Tab value="keys">{t('people.keys')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <Users />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <ApiKeys />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
