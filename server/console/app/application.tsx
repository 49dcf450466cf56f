import { MantineProvider } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useMemo } from 'react';
import { RouterProvider } from 'react-router';
import { ConfirmProvider } from '../parts/confirm.tsx';
import { cssVariables, theme } from '../theme/theme.ts';
import { makeRouter } from './router.tsx';
import { type Services, ServicesProvider } from './services.ts';

/** Where they hide neither the title of a page nor the bar under the thumb. */
function Notices() {
  const phone = useMediaQuery('(max-width: 48em)');
  return <Notifications position={phone ? 'top-center' : 'bottom-right'} autoClose={5000} />;
}

export function Application({ services, queries }: { services: Services; queries: QueryClient }) {
  const router = useMemo(() => makeRouter(), []);
  return (
    <ServicesProvider value={services}>
      <QueryClientProvider client={queries}>
        <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
          <Notices />
          <ConfirmProvider>
            <RouterProvider router={router} />
          </ConfirmProvider>
        </MantineProvider>
      </QueryClientProvider>
    </ServicesProvider>
  );
}
