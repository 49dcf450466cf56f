import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useMemo } from 'react';
import { RouterProvider } from 'react-router';
import { ConfirmProvider } from '../parts/confirm.tsx';
import { cssVariables, theme } from '../theme/theme.ts';
import { makeRouter } from './router.tsx';
import { type Services, ServicesProvider } from './services.ts';

export function Application({ services, queries }: { services: Services; queries: QueryClient }) {
  const router = useMemo(() => makeRouter(), []);
  return (
    <ServicesProvider value={services}>
      <QueryClientProvider client={queries}>
        <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
          <Notifications position="top-center" autoClose={5000} />
          <ConfirmProvider>
            <RouterProvider router={router} />
          </ConfirmProvider>
        </MantineProvider>
      </QueryClientProvider>
    </ServicesProvider>
  );
}
