import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';

export interface ClusterFigures {
  total: number;
  online: number;
  playing: number;
  synced: number;
  /** Plan applied and every sound of it verified on the cluster. */
  ready: number;
}

export const isReady = (cluster: Cluster): boolean =>
  cluster.plan.applied >= cluster.plan.desired && cluster.media.verified >= cluster.media.total;

export function clusterFigures(clusters: readonly Cluster[]): ClusterFigures {
  const count = (holds: (cluster: Cluster) => boolean) => clusters.filter(holds).length;
  return {
    total: clusters.length,
    online: count((cluster) => cluster.presence.state === 'online'),
    playing: count((cluster) => cluster.playing.state === 'playing'),
    synced: count((cluster) => cluster.presence.state === 'online' && cluster.clock.status === 'synced'),
    ready: count((cluster) => cluster.presence.state !== 'never' && isReady(cluster)),
  };
}

/** What a person should look at first on a cluster, or nothing. */
export type Trouble = 'never' | 'offline' | 'speaker' | 'clock' | 'plan';
export function troubleOf(cluster: Cluster): Trouble | undefined {
  if (cluster.presence.state === 'never') return 'never';
  if (cluster.presence.state === 'offline') return 'offline';
  if (cluster.speakers.some((speaker) => speaker.state !== 'ok' && speaker.state !== 'unknown')) return 'speaker';
  if (cluster.clock.status === 'unknown') return 'clock';
  if (!isReady(cluster)) return 'plan';
  return undefined;
}
