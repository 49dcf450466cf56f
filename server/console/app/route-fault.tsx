import { Button, Center, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';

/** A page that broke keeps the rest of the console usable, and says what to do. */
export function RouteFault() {
  const { t } = useTranslation();
  const error = useRouteError();
  // A page's code is gone after the server was updated: the new index has it.
  const outdated = error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
  return (
    <Center mih="60dvh" p="lg">
      <Stack align="center" maw={460} role="alert">
        <Title order={2} size="h3" ta="center">
          {t(outdated ? 'fault.updatedTitle' : 'fault.pageTitle')}
        </Title>
        <Text ta="center" c="dimmed">
          {t(outdated ? 'fault.updatedText' : 'fault.pageText')}
        </Text>
        <Group>
          <Button onClick={() => window.location.reload()}>{t('common.reload')}</Button>
          <Button variant="default" component="a" href="/">
            {t('nav.overview')}
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
