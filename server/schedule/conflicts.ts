import type { Level } from '@tieng-lang/shared/contract/basics';
import { precedes } from '@tieng-lang/shared/schedule/precedence';

/** The occurrences of one schedule on its clusters, ascending, all equally long. */
export interface Series {
  scheduleId: string;
  title: string;
  level: Level;
  clusters: readonly string[];
  durationMs: number;
  startsMs: readonly number[];
}

export interface Conflict {
  startAtMs: number;
  endAtMs: number;
  with: { scheduleId: string; title: string; level: Level; startAtMs: number; endAtMs: number };
  clusters: string[];
  effect: 'this-plays' | 'other-plays';
}

/** Ids of schedules sort by age; one that is not saved yet is the youngest. */
export const NOT_SAVED = 'sc-~';

/** Where a series overlaps others on common clusters, by start; at most `limit`, the earliest. */
export function conflictsOf(own: Series, others: readonly Series[], limit: number): Conflict[] {
  const found = others.flatMap((other) => overlaps(own, other, limit));
  return found.sort((a, b) => a.startAtMs - b.startAtMs || a.with.startAtMs - b.with.startAtMs).slice(0, limit);
}

/** Both ascend and each is of one length, so one walk over the two is enough. */
function overlaps(own: Series, other: Series, limit: number): Conflict[] {
  const clusters = own.clusters.filter((code) => other.clusters.includes(code));
  if (clusters.length === 0 || own.durationMs === 0 || other.durationMs === 0) return [];
  const found: Conflict[] = [];
  let first = 0;
  for (const startAtMs of own.startsMs) {
    const endAtMs = startAtMs + own.durationMs;
    while ((other.startsMs[first] ?? Number.POSITIVE_INFINITY) + other.durationMs <= startAtMs) first++;
    for (let index = first; (other.startsMs[index] ?? Number.POSITIVE_INFINITY) < endAtMs; index++) {
      const otherStartMs = other.startsMs[index];
      if (otherStartMs === undefined || found.length >= limit) return found;
      found.push({
        startAtMs,
        endAtMs,
        with: {
          scheduleId: other.scheduleId,
          title: other.title,
          level: other.level,
          startAtMs: otherStartMs,
          endAtMs: otherStartMs + other.durationMs,
        },
        clusters,
        effect: precedes(ranked(own, startAtMs), ranked(other, otherStartMs)) ? 'this-plays' : 'other-plays',
      });
    }
  }
  return found;
}

function ranked(series: Series, startAtMs: number) {
  return { broadcastId: `oc-${series.scheduleId}`, level: series.level, startAtMs };
}
