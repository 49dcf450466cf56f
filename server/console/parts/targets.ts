import type { Targets } from '@tieng-lang/shared/contract/http/basics';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';

/** What a person picks: everywhere, some villages, or some clusters. */
export interface TargetChoice {
  kind: 'all' | 'villages' | 'clusters';
  villages: string[];
  clusters: string[];
}

export const EVERYWHERE: TargetChoice = { kind: 'all', villages: [], clusters: [] };

export function targetsOf(choice: TargetChoice): Targets | undefined {
  if (choice.kind === 'all') return { all: true };
  if (choice.kind === 'villages') return choice.villages.length > 0 ? { villages: choice.villages } : undefined;
  return choice.clusters.length > 0 ? { clusters: choice.clusters } : undefined;
}

/** The clusters that a choice reaches. */
export function reached(choice: TargetChoice, clusters: readonly Cluster[]): Cluster[] {
  if (choice.kind === 'all') return [...clusters];
  if (choice.kind === 'villages')
    return clusters.filter((cluster) => cluster.village !== null && choice.villages.includes(cluster.village.id));
  return clusters.filter((cluster) => choice.clusters.includes(cluster.code));
}
