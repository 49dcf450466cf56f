import { Progress } from '@mantine/core';
import { IconAlertTriangle, IconClock, IconCloudDown, IconVolume, IconVolumeOff } from '@tabler/icons-react';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { usePosition } from '../onair/use-position.ts';
import { SoundBars } from '../parts/sound-bars.tsx';
import { isReady, troubleOf } from './cluster-state.ts';

function toneOf(cluster: Cluster): 'good' | 'warn' | 'bad' | undefined {
  if (cluster.playing.state === 'playing') return 'good';
  const trouble = troubleOf(cluster);
  if (trouble === 'offline' || trouble === 'speaker') return 'bad';
  return trouble ? 'warn' : undefined;
}

/** One cluster in the overview; the whole card leads to its details. */
export const ClusterCard = memo(function ClusterCard({ cluster }: { cluster: Cluster }) {
  const { t, i18n } = useTranslation();
  const { playing } = cluster;
  const trouble = troubleOf(cluster);
  const active = playing.state === 'playing' || playing.state === 'waiting';
  const uncertainty = cluster.clock.uncertaintyMs;
  return (
    <Link to={`/cum-loa/${cluster.code}`} className="tl-cluster" data-state={playing.state} preventScrollReset>
      <span className="tl-cluster-head">
        <span className="tl-cluster-dot" data-presence={cluster.presence.state} aria-hidden />
        <b>{cluster.code}</b>
        <span className="tl-cluster-place">{cluster.place}</span>
      </span>
      <span className="tl-cluster-now" data-tone={toneOf(cluster)}>
        {active ? <SoundBars moving={playing.state === 'playing'} /> : trouble ? <IconAlertTriangle size={16} aria-hidden /> : null}
        <span className="tl-cluster-words">
          {playing.state === 'playing'
            ? playing.title
            : playing.state === 'waiting'
              ? t('cluster.waitingFor', { title: playing.title ?? '' })
              : trouble
                ? t(`cluster.trouble.${trouble}`)
                : t('cluster.silent')}
        </span>
      </span>
      {playing.state === 'playing' ? <CardProgress cluster={cluster} /> : null}
      <span className="tl-cluster-facts">
        <span data-ok={cluster.clock.status === 'synced' || undefined} title={t(`clock.${cluster.clock.status}`)}>
          <IconClock size={14} aria-hidden />
          {playing.state === 'playing' && playing.offsetMs !== undefined
            ? t('cluster.inStep', { ms: decimal(Math.abs(playing.offsetMs), 1, languageOf(i18n)) })
            : cluster.clock.status === 'synced' && uncertainty !== null
              ? `±${decimal(uncertainty, 1, languageOf(i18n))} ms`
              : t(`clock.${cluster.clock.status}`)}
        </span>
        <span data-ok={isReady(cluster) || undefined} title={t('cluster.mediaHint', { ...cluster.media })}>
          <IconCloudDown size={14} aria-hidden />
          {cluster.media.verified}/{cluster.media.total}
        </span>
        <Speakers cluster={cluster} />
      </span>
    </Link>
  );
});

function CardProgress({ cluster }: { cluster: Cluster }) {
  const position = usePosition(cluster.playing);
  if (!position?.durationMs) return null;
  return <Progress value={(100 * position.positionMs) / position.durationMs} size={5} transitionDuration={500} aria-hidden />;
}

function Speakers({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation();
  const bad = cluster.speakers.filter((speaker) => speaker.state !== 'ok' && speaker.state !== 'unknown').length;
  const total = cluster.speakers.length;
  return (
    <span data-ok={bad === 0 || undefined} title={t('cluster.speakersHint', { good: total - bad, total })}>
      {bad === 0 ? <IconVolume size={14} aria-hidden /> : <IconVolumeOff size={14} aria-hidden />}
      {total - bad}/{total}
    </span>
  );
}
