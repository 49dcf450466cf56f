import type { Clock } from '@tieng-lang/shared/time/clock';
import { createContext, useContext } from 'react';
import type { ApiClient } from '../api/api-client.ts';
import type { LiveCache } from '../api/live-cache.ts';
import type { LiveEvents } from '../api/live-events.ts';
import type { Uploads } from '../library/uploads.ts';

/** What lives as long as the tab; `main.tsx` makes it and hands it to the pages. */
export interface Services {
  clock: Clock;
  api: ApiClient;
  live: LiveEvents;
  cache: LiveCache;
  uploads: Uploads;
}

const ServicesContext = createContext<Services | undefined>(undefined);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('the page stands outside the application');
  return services;
}
