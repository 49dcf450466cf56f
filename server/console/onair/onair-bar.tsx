import { Button, Group, Text } from '@mantine/core';
import { IconPlayerStopFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useClusters } from '../clusters/cluster-queries.ts';
import { clockLength } from '../format/lengths.ts';
import { SoundBars } from '../parts/sound-bars.tsx';
import { useUser } from '../session/session.tsx';
import { type LiveBroadcast, liveBroadcasts } from './broadcasts.ts';
import { useStopping } from './stopping.ts';
import { usePosition } from './use-position.ts';

/** Stands above every page while anything sounds, so that "stop all" is one reach away. */
export function OnairBar() {
  const { t } = useTranslation();
  const user = useUser();
  const clusters = useClusters();
  const { stopAll, pending } = useStopping();
  const [first, ...others] = liveBroadcasts(clusters.data ?? []);
  if (!first) return null;
  return (
    <section className="tl-onair" aria-label={t('onair.nowOnAir')} data-testid="onair-bar">
      <div className="tl-onair-what">
        <OnairLine broadcast={first} />
        {others.length > 0 ? (
          <Text size="sm" className="tl-onair-more">
            {t('onair.andOthers', { count: others.length })}
          </Text>
        ) : null}
      </div>
      {user.may('stop') ? (
        <Button
          color="cinnabar"
          leftSection={<IconPlayerStopFilled size={18} aria-hidden />}
          loading={pending}
          onClick={() => void stopAll()}
          className="tl-onair-stop"
        >
          {t('onair.stopAll')}
        </Button>
      ) : null}
    </section>
  );
}

function OnairLine({ broadcast }: { broadcast: LiveBroadcast }) {
  const { t } = useTranslation();
  const position = usePosition(broadcast.lead);
  const sounding = broadcast.playing.length > 0;
  return (
    <Link to={`/phat-ngay/${encodeURIComponent(broadcast.broadcastId)}`} className="tl-onair-link">
      <Group gap={10} wrap="nowrap">
        <SoundBars moving={sounding} />
        <div className="tl-onair-text">
          <Text fw={600} size="sm" truncate>
            {broadcast.title}
          </Text>
          <Text size="xs" className="tl-onair-sub" truncate>
            {position ? `${clockLength(position.positionMs)}${position.durationMs ? ` / ${clockLength(position.durationMs)}` : ''} · ` : ''}
            {sounding
              ? t('onair.playingOn', { count: broadcast.playing.length })
              : t('onair.waitingOn', { count: broadcast.waiting.length })}
          </Text>
        </div>
      </Group>
    </Link>
  );
}
