import type { Level } from '../contract/basics.ts';
import { isOfPlan } from './occurrence-id.ts';

/** What decides between two broadcasts that are due at one instant on one cluster. */
export interface Ranked {
  broadcastId: string;
  level: Level;
  startAtMs: number;
}

export interface Timed extends Ranked {
  endAtMs: number;
}

/** Emergency pre-empts all; there is no fourth level. */
const RANK: Readonly<Record<Level, number>> = { normal: 0, priority: 1, emergency: 2 };

/**
 * Whether `a` sounds where both are due. A strict total order, the same on the server (preview) and on the device:
 *
 * | the two                   | sounds              | because                                                    |
 * |---------------------------|---------------------|------------------------------------------------------------|
 * | of different levels       | the higher level    | the law's order: emergency, priority, normal               |
 * | one by hand, one planned  | the one by hand     | somebody wants it heard now; the session comes back after  |
 * | both by hand              | the later start     | the newest wish of a person                                |
 * | both planned              | the earlier start   | what has begun is finished; the other is joined in step    |
 * | alike in all of that      | the smaller id      | any rule will do, if all clusters have the same            |
 */
export function precedes(a: Ranked, b: Ranked): boolean {
  if (a.level !== b.level) return RANK[a.level] > RANK[b.level];
  const planned = isOfPlan(a.broadcastId);
  if (planned !== isOfPlan(b.broadcastId)) return !planned;
  if (a.startAtMs !== b.startAtMs) return planned ? a.startAtMs < b.startAtMs : a.startAtMs > b.startAtMs;
  return a.broadcastId < b.broadcastId;
}

/** The one of these that sounds at an instant; undefined when none is due. An occurrence is due from its start until before its end. */
export function pick<Candidate extends Timed>(candidates: readonly Candidate[], atMs: number): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (atMs < candidate.startAtMs || atMs >= candidate.endAtMs) continue;
    if (!best || precedes(candidate, best)) best = candidate;
  }
  return best;
}

/** A stretch of time in which one broadcast sounds. */
export interface Sounding<Candidate extends Timed> {
  fromMs: number;
  untilMs: number;
  broadcast: Candidate;
}

/** What sounds when, in order of time and without overlaps; silence is left out. */
export function resolve<Candidate extends Timed>(candidates: readonly Candidate[]): Sounding<Candidate>[] {
  const starts = [...candidates].sort((a, b) => a.startAtMs - b.startAtMs);
  const edges = [...new Set(candidates.flatMap((candidate) => [candidate.startAtMs, candidate.endAtMs]))].sort((a, b) => a - b);
  const soundings: Sounding<Candidate>[] = [];
  let due: Candidate[] = [];
  let next = 0;
  for (const [index, fromMs] of edges.entries()) {
    const untilMs = edges[index + 1];
    if (untilMs === undefined) break;
    due = due.filter((candidate) => candidate.endAtMs > fromMs);
    for (let candidate = starts[next]; candidate && candidate.startAtMs <= fromMs; candidate = starts[++next]) {
      if (candidate.endAtMs > fromMs) due.push(candidate);
    }
    const broadcast = pick(due, fromMs);
    if (!broadcast) continue;
    const last = soundings.at(-1);
    if (last?.broadcast === broadcast && last.untilMs === fromMs) last.untilMs = untilMs;
    else soundings.push({ fromMs, untilMs, broadcast });
  }
  return soundings;
}
