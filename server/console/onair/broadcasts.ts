import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';

/** One broadcast as it sounds now, put together from what its clusters say. */
export interface LiveBroadcast {
  broadcastId: string;
  title: string;
  level: Level;
  playing: string[];
  waiting: string[];
  /** The furthest position that a cluster reported, and the report it stands in. */
  lead: OnairCluster | undefined;
}

export function liveBroadcasts(clusters: readonly Cluster[]): LiveBroadcast[] {
  const found = new Map<string, LiveBroadcast>();
  for (const { playing } of clusters) {
    if (playing.broadcastId === undefined || (playing.state !== 'playing' && playing.state !== 'waiting')) continue;
    const broadcast = found.get(playing.broadcastId) ?? {
      broadcastId: playing.broadcastId,
      title: playing.title ?? '',
      level: playing.level ?? 'normal',
      playing: [],
      waiting: [],
      lead: undefined,
    };
    (playing.state === 'playing' ? broadcast.playing : broadcast.waiting).push(playing.code);
    if (playing.state === 'playing' && (playing.positionMs ?? -1) > (broadcast.lead?.positionMs ?? -1)) broadcast.lead = playing;
    found.set(playing.broadcastId, broadcast);
  }
  return [...found.values()].sort((a, b) => b.playing.length - a.playing.length);
}
