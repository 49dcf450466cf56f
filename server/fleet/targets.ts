import type { Targets } from '@tieng-lang/shared/contract/http/basics';
import { CodedError } from '@tieng-lang/shared/errors';

export interface TargetMap {
  clusters: readonly { code: string; villageId: string | null }[];
  villages: readonly { id: string }[];
}

/**
 * The codes that targets name, sorted, each once. A name that is not there is refused rather than left out: a notice that
 * goes to fewer villages than its author chose is found out too late.
 * @throws CodedError `unknown-target`, `no-targets`
 */
export function resolveTargets(targets: Targets, { clusters, villages }: TargetMap): string[] {
  if ('all' in targets) return sorted(clusters.map(({ code }) => code));
  const known = new Set(clusters.map(({ code }) => code));
  const chosen: string[] = [];
  for (const code of targets.clusters ?? []) {
    if (!known.has(code)) throw unknown(code);
    chosen.push(code);
  }
  for (const id of targets.villages ?? []) {
    if (!villages.some((village) => village.id === id)) throw unknown(id);
    chosen.push(...clusters.filter(({ villageId }) => villageId === id).map(({ code }) => code));
  }
  const [group] = targets.groups ?? [];
  if (group !== undefined) throw unknown(group);
  return sorted(chosen);
}

function unknown(target: string): CodedError {
  return new CodedError('unknown-target', { params: { target } });
}

function sorted(codes: readonly string[]): string[] {
  if (codes.length === 0) throw new CodedError('no-targets');
  return [...new Set(codes)].sort();
}
