import { Alert, Button, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/api-error.ts';
import { useSentence } from './sentence.ts';

/** What went wrong, in a sentence, with the faults of single fields below it and a way to try again. */
export function Fault({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const faults = error instanceof ApiError ? error.faults : [];
  return (
    <Alert color="cinnabar" icon={<IconAlertTriangle aria-hidden />} role="alert" variant="light">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{sentence(error)}</Text>
        {onRetry ? (
          <Button size="xs" variant="white" color="cinnabar" onClick={onRetry}>
            {t('common.retry')}
          </Button>
        ) : null}
      </Group>
      {faults.length > 0 ? (
        <List size="sm" mt="xs">
          {faults.map((fault) => (
            <List.Item key={`${fault.path} ${fault.message}`}>
              {fault.path}: {fault.message}
            </List.Item>
          ))}
        </List>
      ) : null}
    </Alert>
  );
}
