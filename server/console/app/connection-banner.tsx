import { IconPlugConnectedX } from '@tabler/icons-react';
import { useCallback, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveStatus } from '../api/live-events.ts';
import { useServices } from './services.ts';

export function useLiveStatus(): LiveStatus {
  const { live } = useServices();
  const subscribe = useCallback((listener: () => void) => live.subscribe(listener), [live]);
  return useSyncExternalStore(subscribe, () => live.status);
}

/** What is shown may be old while the stream is gone, and the person must know that. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const status = useLiveStatus();
  return (
    <div role="status" aria-live="polite">
      {status === 'lost' ? (
        <div className="tl-lost">
          <IconPlugConnectedX size={20} aria-hidden />
          <span>{t('connection.lost')}</span>
        </div>
      ) : null}
    </div>
  );
}

export function ConnectionLamp() {
  const { t } = useTranslation();
  const status = useLiveStatus();
  return (
    <div className="tl-lamp" data-status={status}>
      <span aria-hidden />
      {t(`connection.${status}Short`)}
    </div>
  );
}
