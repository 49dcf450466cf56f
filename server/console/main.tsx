import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/fonts.css';
import './theme/base.css';
import './theme/shell.css';
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { ApiClient } from './api/api-client.ts';
import { ApiError, isUnauthenticated } from './api/api-error.ts';
import { keys } from './api/keys.ts';
import { LiveCache } from './api/live-cache.ts';
import { LiveEvents } from './api/live-events.ts';
import { Application } from './app/application.tsx';
import { languageOf, startTranslations } from './i18n/i18n.ts';
import { Uploads } from './library/uploads.ts';

/** A failed read is tried twice more, at once and a second later; what the server refused is not asked again. */
const READ_RETRIES = 2;

async function start(root: HTMLElement): Promise<void> {
  const clock = new SystemClock();
  const translations = await startTranslations();
  const language = () => languageOf(translations);
  const api = new ApiClient({ clock, language, fetch: window.fetch.bind(window) });
  const queries: QueryClient = new QueryClient({
    // An ended session shows the sign-in at once, whichever request noticed it.
    queryCache: new QueryCache({ onError: (error) => isUnauthenticated(error) && queries.setQueryData(keys.session, null) }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < READ_RETRIES && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        refetchOnWindowFocus: true,
      },
      mutations: { onError: (error) => isUnauthenticated(error) && queries.setQueryData(keys.session, null) },
    },
  });
  const cache = new LiveCache(queries);
  const live = new LiveEvents({
    clock,
    url: '/api/v1/events',
    openSource: (url) => new EventSource(url),
    random: Math.random,
    onEvent: (name, data) => cache.take(name, data),
    onReturn: () => void queries.invalidateQueries(),
    onRefused: () => void queries.invalidateQueries({ queryKey: keys.session }),
    onStrange: (name, error) => console.warn({ event: 'live-event-not-understood', name, error }),
  });
  const uploads = new Uploads({
    api,
    clock,
    language,
    makeRequest: () => new XMLHttpRequest(),
    onFiled: (bulletin) => cache.bulletin(bulletin),
  });
  window.addEventListener('beforeunload', (event) => {
    if (uploads.running) event.preventDefault();
  });
  createRoot(root).render(
    <I18nextProvider i18n={translations}>
      <Application services={{ clock, api, live, cache, uploads }} queries={queries} />
    </I18nextProvider>,
  );
}

const root = document.getElementById('root');
if (root) void start(root);
