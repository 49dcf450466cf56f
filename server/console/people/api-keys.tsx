import { ActionIcon, Alert, Button, Code, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { apiKeyAnswer, apiKeyItem, type Role } from '@tieng-lang/shared/contract/http/identity';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../api/keys.ts';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { dateTimeOf } from '../format/instants.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Sheet } from '../parts/page.tsx';
import { RoleChoice } from './role-choice.tsx';

export function ApiKeys() {
  const { t } = useTranslation();
  const { api } = useServices();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const { done, failed } = useNotices();
  const [making, dialog] = useDisclosure(false);
  const list = useQuery({ queryKey: keys.apiKeys, queryFn: ({ signal }) => api.all('/api-keys', apiKeyItem, { signal }) });
  const revoke = async (id: string, name: string) => {
    const sure = await confirm({
      title: t('people.revokeTitle', { name }),
      text: t('people.revokeText'),
      action: t('people.revoke'),
      danger: true,
    });
    if (!sure) return;
    try {
      await api.tell('DELETE', `/api-keys/${encodeURIComponent(id)}`);
      await queries.invalidateQueries({ queryKey: keys.apiKeys });
      done(t('people.revoked', { name }));
    } catch (error) {
      failed(error);
    }
  };
  return (
    <Sheet
      title={t('people.keys')}
      aside={
        <Button leftSection={<IconKey size={20} aria-hidden />} onClick={dialog.open}>
          {t('people.makeKey')}
        </Button>
      }
    >
      {list.isError && !list.data ? <Fault error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isPending ? <RowSkeletons rows={2} /> : null}
      {list.data?.items.length === 0 ? <Nothing icon={IconKey} title={t('people.noKeys')} text={t('people.noKeysText')} /> : null}
      <ul className="tl-rows">
        {list.data?.items.map((key) => (
          <li key={key.id} className="tl-row tl-row-still">
            <span className="tl-row-body">
              <Text component="span" fw={600}>
                {key.name}
              </Text>
              <Text component="span" size="sm" c="dimmed">
                {t(`role.${key.role}`)} ·{' '}
                {key.lastUsedAt ? t('people.lastUsed', { at: dateTimeOf(key.lastUsedAt) }) : t('people.neverUsed')}
              </Text>
            </span>
            <ActionIcon
              variant="subtle"
              color="cinnabar"
              size={40}
              aria-label={t('people.revokeTitle', { name: key.name })}
              onClick={() => void revoke(key.id, key.name)}
            >
              <IconTrash size={20} aria-hidden />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <Modal opened={making} onClose={dialog.close} title={t('people.makeKey')} closeOnClickOutside={false}>
        <NewKey onDone={dialog.close} />
      </Modal>
    </Sheet>
  );
}

function NewKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [areas, setAreas] = useState<string[]>([]);
  const making = useMutation({
    mutationFn: () => api.send('POST', '/api-keys', { name: name.trim(), role, ...(areas.length > 0 ? { areas } : {}) }, apiKeyAnswer),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  if (making.data) {
    return (
      <Stack>
        <Alert color="rice">{t('people.keyOnce')}</Alert>
        <Code block>{making.data.key}</Code>
        <Group justify="flex-end">
          <CopyButton value={making.data.key}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t('common.copied') : t('common.copy')}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onDone}>{t('common.close')}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {making.isError ? <Fault error={making.error} /> : null}
        <TextInput
          label={t('people.keyName')}
          placeholder={t('people.keyNameExample')}
          maxLength={200}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <RoleChoice role={role} onRole={setRole} areas={areas} onAreas={setAreas} withUpstream />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={making.isPending} disabled={name.trim() === ''}>
            {t('people.makeKey')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
