import { Anchor, Button, Progress, Stack, Text } from '@mantine/core';
import { IconPlayerStopFilled } from '@tabler/icons-react';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useServices } from '../app/services.ts';
import { useClusters } from '../clusters/cluster-queries.ts';
import { addDays, localDateOf } from '../format/instants.ts';
import { clockLength, decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { OutcomeBadge } from '../parts/badges.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { SoundBars } from '../parts/sound-bars.tsx';
import { broadcastResults } from '../playlog/broadcast-results.ts';
import { useReceipts } from '../playlog/receipt-queries.ts';
import { useUser } from '../session/session.tsx';
import { liveBroadcasts } from './broadcasts.ts';
import { type ClusterStage, clusterStages, stageCounts } from './stages.ts';
import { useStopping } from './stopping.ts';
import { usePosition } from './use-position.ts';
import './onair.css';

/** One broadcast while it goes through: what each cluster has done with the order, and the stop. */
export function BroadcastPage() {
  const { broadcastId = '' } = useParams();
  const { t } = useTranslation();
  const { clock } = useServices();
  const user = useUser();
  const clusters = useClusters();
  const { stopOne, pending } = useStopping();
  const today = localDateOf(clock.nowMs());
  const receipts = useReceipts({ from: addDays(today, -1), to: today, broadcast: broadcastId });
  const refetch = receipts.refetch;
  const live = liveBroadcasts(clusters.data ?? []).find((broadcast) => broadcast.broadcastId === broadcastId);
  const position = usePosition(live?.lead);
  const [result] = broadcastResults(receipts.data?.items ?? []);
  const seen = useSeen(broadcastId, clusters.data);
  const stages = clusterStages(seen, result);
  const counts = stageCounts(stages);
  const title = live?.title ?? result?.title ?? seen[0]?.playing.title ?? t('broadcast.title');
  const running = live !== undefined;
  const phase = running ? 'running' : result ? 'over' : seen.length > 0 ? 'reporting' : 'unheard';
  // Receipts follow the end of the sound.
  useEffect(() => {
    if (!running) void refetch();
  }, [running, refetch]);
  return (
    <Page
      title={title}
      text={t(`broadcast.${phase}`)}
      back={{ to: '/', label: t('nav.overview') }}
      actions={
        running && user.may('stop') ? (
          <Button
            color="cinnabar"
            size="lg"
            loading={pending}
            leftSection={<IconPlayerStopFilled size={20} aria-hidden />}
            onClick={() => void stopOne(broadcastId, title)}
          >
            {t('broadcast.stop')}
          </Button>
        ) : (
          <Button component={Link} to={`/nhat-ky?buoi=${encodeURIComponent(broadcastId)}`} variant="default">
            {t('broadcast.inLog')}
          </Button>
        )
      }
    >
      <Sheet>
        <Stack gap="md">
          <div className="tl-stages" data-testid="stages">
            {(['received', 'ready', 'started', 'finished'] as const).map((stage) => (
              <div key={stage} data-reached={counts[stage] > 0 || undefined}>
                <b>
                  {counts[stage]}
                  <span>/{stages.length}</span>
                </b>
                {t(`stageCount.${stage}`)}
              </div>
            ))}
          </div>
          {position?.durationMs ? (
            <div>
              <Progress
                value={(100 * position.positionMs) / position.durationMs}
                size="lg"
                transitionDuration={500}
                aria-label={t('player.position')}
              />
              <Text size="sm" c="dimmed" mt={4} className="tl-number">
                {clockLength(position.positionMs)} / {clockLength(position.durationMs)}
              </Text>
            </div>
          ) : null}
        </Stack>
      </Sheet>
      <Sheet title={t('broadcast.perCluster')}>
        {stages.length === 0 ? <Text c="dimmed">{t('broadcast.nothingYet')}</Text> : null}
        <ul className="tl-stage-list">
          {stages.map((item) => (
            <StageRow key={item.code} item={item} place={clusters.data?.find((cluster) => cluster.code === item.code)?.place ?? ''} />
          ))}
        </ul>
      </Sheet>
    </Page>
  );
}

function StageRow({ item, place }: { item: ClusterStage; place: string }) {
  const { t, i18n } = useTranslation();
  return (
    <li data-state={item.playing ? 'playing' : undefined}>
      <SoundBars moving={item.playing} />
      <Anchor component={Link} to={`/cum-loa/${item.code}`} fw={600} c="inherit">
        {item.code}
      </Anchor>
      <span className="tl-stage-place">{place}</span>
      {item.outcome ? (
        <OutcomeBadge outcome={item.outcome} />
      ) : (
        <span className={item.stage === 'refused' ? 'tl-tone-bad' : item.playing ? 'tl-tone-good' : 'tl-tone-plain'}>
          {item.offline ? t('playing.offline') : item.stage ? t(`stage.${item.stage}`) : t('stage.sent')}
          {item.playing && item.offsetMs !== undefined
            ? ` · ${t('cluster.inStep', { ms: decimal(Math.abs(item.offsetMs), 1, languageOf(i18n)) })}`
            : ''}
        </span>
      )}
    </li>
  );
}

/** The last that each cluster said of this broadcast, kept after it has gone on to silence or to something else. */
function useSeen(broadcastId: string, clusters: readonly Cluster[] | undefined): Cluster[] {
  const [seen, setSeen] = useState<{ broadcastId: string; byCode: ReadonlyMap<string, Cluster> }>({ broadcastId, byCode: new Map() });
  useEffect(() => {
    const now = (clusters ?? []).filter((cluster) => cluster.playing.broadcastId === broadcastId);
    setSeen((before) => {
      const kept = before.broadcastId === broadcastId ? before.byCode : new Map<string, Cluster>();
      // What was sounding and is no longer named has ended there.
      const ended = [...kept].map(([code, cluster]): [string, Cluster] => [code, silenced(cluster)]);
      return { broadcastId, byCode: new Map([...ended, ...now.map((cluster): [string, Cluster] => [cluster.code, cluster])]) };
    });
  }, [broadcastId, clusters]);
  return [...seen.byCode.values()];
}

function silenced(cluster: Cluster): Cluster {
  const { playing } = cluster;
  if (playing.state !== 'playing') return cluster;
  return { ...cluster, playing: { ...playing, state: 'silent', stage: 'finished' } };
}
