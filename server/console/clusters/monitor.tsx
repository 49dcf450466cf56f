import { Button, Group, Loader, Text } from '@mantine/core';
import { IconEar, IconPlayerStopFilled } from '@tabler/icons-react';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/api-error.ts';
import { useServices } from '../app/services.ts';
import { useSentence } from '../parts/sentence.ts';
import { Listening, type ListeningState } from './listening.ts';

/** "Nghe tại cụm": what this cluster's speakers sound now, heard here. */
export function Monitor({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const sentence = useSentence();
  const [{ state, error }, setState] = useState<{ state: ListeningState; error?: unknown }>({ state: 'silent' });
  const meter = useRef<HTMLDivElement>(null);
  const listening = useRef<Listening>(undefined);
  useEffect(() => {
    const own = new Listening({
      fetch: window.fetch.bind(window),
      onState: (next, reason) => setState({ state: next, error: reason }),
      onLevel: (level) => meter.current?.style.setProperty('--level', String(level)),
    });
    listening.current = own;
    return () => own.stop();
  }, []);
  const online = cluster.presence.state === 'online';
  const on = state === 'connecting' || state === 'hearing';
  return (
    <section className="tl-monitor" data-on={on || undefined} aria-label={t('monitor.title')}>
      <Group justify="space-between" wrap="nowrap" gap="md">
        <div>
          <Text fw={600}>{t('monitor.title')}</Text>
          <Text size="sm" c="dimmed" role="status">
            {!online ? t('monitor.offline') : error instanceof ApiError && error.detail ? sentence(error) : t(`monitor.${state}`)}
          </Text>
        </div>
        {on ? (
          <Button color="gray" leftSection={<IconPlayerStopFilled size={18} aria-hidden />} onClick={() => listening.current?.stop()}>
            {t('monitor.stop')}
          </Button>
        ) : (
          <Button
            leftSection={<IconEar size={20} aria-hidden />}
            disabled={!online}
            onClick={() => listening.current?.start(api.url(`/clusters/${cluster.code}/monitor`), api.headers())}
          >
            {t('monitor.start')}
          </Button>
        )}
      </Group>
      {on ? (
        <div className="tl-meter" aria-hidden>
          {state === 'connecting' ? <Loader size="xs" type="dots" /> : null}
          <div ref={meter} className="tl-meter-bar" />
        </div>
      ) : null}
    </section>
  );
}
