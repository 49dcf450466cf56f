import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUserPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Role, userItem } from '@tieng-lang/shared/contract/http/identity';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type * as z from 'zod';
import { keys } from '../api/keys.ts';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { dateOf } from '../format/instants.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { Fault } from '../parts/fault.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Sheet } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { RoleChoice } from './role-choice.tsx';

type UserItem = z.output<typeof userItem>;
const PASSWORD_MIN = 8;

export function Users() {
  const { t } = useTranslation();
  const { api } = useServices();
  const [adding, dialog] = useDisclosure(false);
  const users = useQuery({ queryKey: keys.users, queryFn: ({ signal }) => api.all('/users', userItem, { signal }) });
  return (
    <Sheet
      title={t('people.users')}
      aside={
        <Button leftSection={<IconUserPlus size={20} aria-hidden />} onClick={dialog.open}>
          {t('people.addUser')}
        </Button>
      }
    >
      {users.isError && !users.data ? <Fault error={users.error} onRetry={() => void users.refetch()} /> : null}
      {users.isPending ? <RowSkeletons rows={3} /> : null}
      <ul className="tl-rows" data-testid="users">
        {users.data?.items.map((user) => (
          <UserRow key={user.id} user={user} />
        ))}
      </ul>
      <Modal opened={adding} onClose={dialog.close} title={t('people.addUser')}>
        <NewUser onDone={dialog.close} />
      </Modal>
    </Sheet>
  );
}

function UserRow({ user }: { user: UserItem }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const me = useUser();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const { failed } = useNotices();
  const switching = useMutation({
    mutationFn: (disabled: boolean) => api.send('PATCH', `/users/${encodeURIComponent(user.id)}`, { disabled }, userItem),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.users }),
    onError: failed,
  });
  const turn = async () => {
    const sure =
      user.disabled ||
      (await confirm({
        title: t('people.disableTitle', { name: user.username }),
        text: t('people.disableText'),
        action: t('people.disable'),
        danger: true,
      }));
    if (sure) switching.mutate(!user.disabled);
  };
  return (
    <li className="tl-row tl-row-still" data-off={user.disabled || undefined}>
      <span className="tl-row-body">
        <Text component="span" fw={600}>
          {user.username}
        </Text>
        <Text component="span" size="sm" c="dimmed">
          {[t(`role.${user.role}`), t('people.since', { date: dateOf(user.createdAt) }), user.disabled ? t('people.disabled') : null]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </span>
      {user.id === me.id ? null : (
        <Button variant="default" size="xs" loading={switching.isPending} onClick={() => void turn()}>
          {t(user.disabled ? 'people.enable' : 'people.disable')}
        </Button>
      )}
    </li>
  );
}

function NewUser({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const queries = useQueryClient();
  const { done } = useNotices();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('broadcaster');
  const [areas, setAreas] = useState<string[]>([]);
  const adding = useMutation({
    mutationFn: () =>
      api.send('POST', '/users', { username: username.trim(), password, role, ...(areas.length > 0 ? { areas } : {}) }, userItem),
    onSuccess: async (added) => {
      await queries.invalidateQueries({ queryKey: keys.users });
      done(t('people.added', { name: added.username }));
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {adding.isError ? <Fault error={adding.error} /> : null}
        <TextInput
          label={t('signIn.username')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('signIn.password')}
          description={t('people.passwordHint', { count: PASSWORD_MIN })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <RoleChoice role={role} onRole={setRole} areas={areas} onAreas={setAreas} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={adding.isPending} disabled={username.trim() === '' || password.length < PASSWORD_MIN}>
            {t('people.addUser')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
