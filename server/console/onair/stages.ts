import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { Outcome } from '@tieng-lang/shared/contract/journal';
import type { AnswerStage } from '@tieng-lang/shared/contract/order';
import type { BroadcastResult } from '../playlog/broadcast-results.ts';

export interface ClusterStage {
  code: string;
  stage: AnswerStage | undefined;
  playing: boolean;
  offline: boolean;
  offsetMs: number | undefined;
  /** From its receipts, once they are in. */
  outcome: Outcome | undefined;
}

const ORDER: readonly AnswerStage[] = ['received', 'ready', 'started', 'finished'];

/** How far each cluster has come with a broadcast: from its live reports, and from its receipts afterwards. */
export function clusterStages(seen: readonly Cluster[], result: BroadcastResult | undefined): ClusterStage[] {
  const stages = new Map<string, ClusterStage>();
  for (const { code, playing } of seen) {
    const sounding = playing.state === 'playing';
    stages.set(code, {
      code,
      stage: sounding && playing.stage !== 'finished' ? 'started' : playing.stage,
      playing: sounding,
      offline: playing.state === 'offline',
      offsetMs: playing.offsetMs,
      outcome: undefined,
    });
  }
  for (const { cluster, outcome, lines } of result?.clusters ?? []) {
    const known = stages.get(cluster);
    if (known?.playing) continue;
    const started = lines.some((line) => line.startedAt !== undefined);
    stages.set(cluster, {
      code: cluster,
      stage: started ? 'finished' : known?.stage,
      playing: false,
      offline: false,
      offsetMs: undefined,
      outcome,
    });
  }
  return [...stages.values()].sort((a, b) => a.code.localeCompare(b.code, 'vi', { numeric: true }));
}

/** How many have reached each stage; who is further on has passed the earlier ones. */
export function stageCounts(stages: readonly ClusterStage[]): Record<'received' | 'ready' | 'started' | 'finished', number> {
  const reached = (stage: AnswerStage) =>
    stages.filter((item) => item.stage !== undefined && ORDER.indexOf(item.stage) >= ORDER.indexOf(stage)).length;
  return { received: reached('received'), ready: reached('ready'), started: reached('started'), finished: reached('finished') };
}
