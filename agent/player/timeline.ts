import { isStopped, type StopOverride } from '@tieng-lang/shared/contract/override';
import type { PlanItem, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { resolve } from '@tieng-lang/shared/schedule/precedence';

/** Names one item of one broadcast: the unit of a receipt. */
export type ItemKey = string;

export function itemKey(broadcastId: string, itemIndex: number): ItemKey {
  return `${broadcastId}#${itemIndex}`;
}

/** A stretch of the timeline in which one item sounds. Instants are server time, without the cluster's delay. */
export interface Cue {
  key: ItemKey;
  occurrence: PlanOccurrence;
  item: PlanItem;
  /** Instant of the item's first sample, whether or not it sounds. */
  itemAtMs: number;
  fromMs: number;
  untilMs: number;
  /** The stretch ends where the item does, and not because something else takes over. */
  toItsEnd: boolean;
}

/**
 * What sounds when, in order of time and without overlaps: occurrences by precedence, less what is stopped, as their
 * items. A pure function: all clusters that hold the same data sound the same.
 */
export function cues(occurrences: readonly PlanOccurrence[], stops: readonly StopOverride[]): Cue[] {
  const due = occurrences.map((occurrence) => ({
    occurrence,
    broadcastId: occurrence.broadcastId,
    level: occurrence.level,
    startAtMs: Math.max(occurrence.startAtMs, stoppedUntil(occurrence, stops)),
    endAtMs: occurrence.endAtMs,
  }));
  return resolve(due.filter(({ startAtMs, endAtMs }) => startAtMs < endAtMs)).flatMap(({ broadcast, fromMs, untilMs }) =>
    cuesWithin(broadcast.occurrence, fromMs, untilMs),
  );
}

function cuesWithin(occurrence: PlanOccurrence, fromMs: number, untilMs: number): Cue[] {
  const found: Cue[] = [];
  for (const item of occurrence.items) {
    const itemAtMs = occurrence.startAtMs + item.offsetMs;
    const endMs = itemAtMs + item.durationMs;
    if (endMs <= fromMs || itemAtMs >= untilMs) continue;
    found.push({
      key: itemKey(occurrence.broadcastId, item.index),
      occurrence,
      item,
      itemAtMs,
      fromMs: Math.max(fromMs, itemAtMs),
      untilMs: Math.min(untilMs, endMs),
      // Ends are sums of durations with decimals: an occurrence that was rounded shorter cuts nothing off.
      toItsEnd: endMs <= untilMs || (untilMs === occurrence.endAtMs && endMs - untilMs < 1),
    });
  }
  return found;
}

/** Until when an occurrence is silenced; minus infinity when it is not. A stop that is over gives it back, in step. */
export function stoppedUntil(occurrence: PlanOccurrence, stops: readonly StopOverride[]): number {
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const stop of stops) {
    if (stop.endAtMs > untilMs && isStopped([stop], occurrence, Number.NEGATIVE_INFINITY)) untilMs = stop.endAtMs;
  }
  return untilMs;
}

/** Index of the first cue that ends after an instant. */
export function firstAfter(list: readonly Cue[], atMs: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.untilMs ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
