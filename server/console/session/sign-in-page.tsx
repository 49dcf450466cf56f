import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useSearchParams } from 'react-router';
import { LanguageSwitch, SchemeSwitch } from '../app/preferences.tsx';
import { Brand } from '../parts/brand.tsx';
import { Fault } from '../parts/fault.tsx';
import { safePath } from './safe-path.ts';
import { useSignedIn, useSigning } from './session.tsx';

export function SignInPage() {
  const { t } = useTranslation();
  const { signIn } = useSigning();
  const signedIn = useSignedIn();
  const [search] = useSearchParams();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const signing = useMutation({ mutationFn: () => signIn(username.trim(), password) });
  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('common.product')}`;
  }, [t]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signing.mutate();
  };
  if (signedIn.data) return <Navigate to={safePath(search.get('tiep'))} replace />;
  return (
    <main className="tl-sign-in">
      <Paper className="tl-sign-in-card" radius="lg" p={{ base: 'lg', xs: 36 }}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <Brand size={44} />
            <div>
              <Title order={1} size="h3" mt="sm">
                {t('signIn.title')}
              </Title>
              <Text c="dimmed" size="sm">
                {t('signIn.text')}
              </Text>
            </div>
            {search.has('tiep') && !signing.isError ? (
              <Text size="sm" role="status" className="tl-note">
                {t('signIn.again')}
              </Text>
            ) : null}
            {signing.isError ? <Fault error={signing.error} /> : null}
            <TextInput
              label={t('signIn.username')}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              withAsterisk={false}
              data-autofocus
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label={t('signIn.password')}
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" size="lg" mt="xs" loading={signing.isPending}>
              {t('signIn.submit')}
            </Button>
          </Stack>
        </form>
      </Paper>
      <div className="tl-sign-in-foot">
        <LanguageSwitch />
        <SchemeSwitch />
      </div>
    </main>
  );
}
