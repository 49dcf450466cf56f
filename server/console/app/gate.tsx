import { Button, Center, Loader, Stack, Text } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useLocation } from 'react-router';
import { useSentence } from '../parts/sentence.ts';
import { UserProvider, useSignedIn } from '../session/session.tsx';
import { useServices } from './services.ts';

/** Lets only people through who are signed in; the others come back to where they were going after the sign-in. */
export function Gate({ children }: { children: ReactNode }) {
  const signedIn = useSignedIn();
  const location = useLocation();
  const { live } = useServices();
  const { t } = useTranslation();
  const sentence = useSentence();
  const someone = Boolean(signedIn.data);
  useEffect(() => {
    if (!someone) return;
    live.start();
    return () => live.stop();
  }, [someone, live]);

  if (signedIn.data === null) {
    const wanted = `${location.pathname}${location.search}`;
    return <Navigate to={wanted === '/' ? '/dang-nhap' : `/dang-nhap?tiep=${encodeURIComponent(wanted)}`} replace />;
  }
  if (signedIn.data) return <UserProvider user={signedIn.data}>{children}</UserProvider>;
  return (
    <Center mih="100dvh" p="lg">
      {signedIn.isError ? (
        <Stack align="center" role="alert">
          <Text ta="center">{sentence(signedIn.error)}</Text>
          <Button onClick={() => void signedIn.refetch()} loading={signedIn.isFetching}>
            {t('common.retry')}
          </Button>
        </Stack>
      ) : (
        <Loader aria-label={t('common.loading')} />
      )}
    </Center>
  );
}
