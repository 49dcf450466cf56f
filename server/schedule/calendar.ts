import { occurrenceId } from '@tieng-lang/shared/schedule/occurrence-id';
import { precedes } from '@tieng-lang/shared/schedule/precedence';
import { expand, type Recurrence } from '@tieng-lang/shared/schedule/recurrence';
import { type Zone, zoneOf } from '@tieng-lang/shared/schedule/zone';
import type { Composition, ResolvedOccurrence } from '../services.ts';
import type { StoredSchedule } from './schedule-store.ts';

/** What a schedule plays where, with everything looked up. */
export interface Entry {
  schedule: StoredSchedule;
  composition: Composition;
  clusters: readonly string[];
}

/**
 * A rule may say "every second"; nobody's week holds more of one schedule than this (every five minutes), and the plan
 * of a cluster has room for as many.
 */
const PER_SCHEDULE_MAX = 2016;

export function recurrenceOf(schedule: StoredSchedule): Recurrence {
  const { start, timeZone, rrule, exceptDates, validUntil } = schedule;
  return { start, timeZone, rrule, exceptDates, validUntil };
}

/** Zones that were read already; one for a computation, so that many schedules of one zone read it once. */
export class Zones {
  readonly #known = new Map<string, Zone>();

  get(name: string): Zone {
    const zone = this.#known.get(name) ?? zoneOf(name);
    this.#known.set(name, zone);
    return zone;
  }
}

/** Every occurrence that starts before `untilMs` and ends after `fromMs`, by start, with who pre-empts it where. */
export function calendarOf(entries: readonly Entry[], fromMs: number, untilMs: number): ResolvedOccurrence[] {
  const zones = new Zones();
  const occurrences = entries.flatMap((entry) => occurrencesOf(entry, fromMs, untilMs, zones.get(entry.schedule.timeZone)));
  occurrences.sort((a, b) => a.startAtMs - b.startAtMs || (a.broadcastId < b.broadcastId ? -1 : 1));
  const dropping = new Set(entries.filter(({ schedule }) => schedule.decision?.action === 'drop').map(({ schedule }) => schedule.id));
  return displaced(dropped(occurrences, dropping));
}

function occurrencesOf({ schedule, composition, clusters }: Entry, fromMs: number, untilMs: number, zone: Zone): ResolvedOccurrence[] {
  const { durationMs } = composition;
  // One that sounds nothing still shows, as an instant, so that its reason is seen.
  const earliestMs = durationMs > 0 ? fromMs - durationMs : fromMs;
  const starts = expand(recurrenceOf(schedule), { fromMs: earliestMs, untilMs, limit: PER_SCHEDULE_MAX }, zone);
  return starts
    .filter((startAtMs) => durationMs === 0 || startAtMs + durationMs > fromMs)
    .map((startAtMs) => ({
      ...composition,
      level: schedule.level ?? composition.level,
      broadcastId: occurrenceId(schedule.id, startAtMs),
      scheduleId: schedule.id,
      startAtMs,
      endAtMs: startAtMs + durationMs,
      volume: schedule.volume,
      clusters: [...clusters],
      displacedOn: [],
    }));
}

/**
 * Where somebody decided that a schedule gives way, it does not sound beside another one; elsewhere it does. Of two that
 * both give way, both sound, and precedence decides.
 */
function dropped(occurrences: ResolvedOccurrence[], dropping: ReadonlySet<string>): ResolvedOccurrence[] {
  if (dropping.size === 0) return occurrences;
  const staying = occurrences.filter(({ scheduleId, durationMs }) => durationMs > 0 && !dropping.has(scheduleId));
  for (const occurrence of occurrences) {
    if (!dropping.has(occurrence.scheduleId) || occurrence.items.length === 0) continue;
    const beside = staying.filter(({ startAtMs, endAtMs }) => startAtMs < occurrence.endAtMs && endAtMs > occurrence.startAtMs);
    const left = occurrence.clusters.filter((code) => !beside.some(({ clusters }) => clusters.includes(code)));
    if (left.length > 0) occurrence.clusters = left;
    else Object.assign(occurrence, { items: [], media: [], leftOut: [{ title: occurrence.title, reason: 'dropped' }] });
  }
  return occurrences;
}

/** Looks at overlapping pairs only: the list is by start, so those that overlap one stand near it. */
function displaced(occurrences: ResolvedOccurrence[]): ResolvedOccurrence[] {
  let open: ResolvedOccurrence[] = [];
  for (const occurrence of occurrences) {
    open = open.filter(({ endAtMs }) => endAtMs > occurrence.startAtMs);
    if (occurrence.items.length === 0) continue;
    for (const other of open) {
      const [wins, yields] = precedes(occurrence, other) ? [occurrence, other] : [other, occurrence];
      for (const cluster of yields.clusters) {
        if (wins.clusters.includes(cluster)) yields.displacedOn.push({ cluster, byBroadcastId: wins.broadcastId });
      }
    }
    open.push(occurrence);
  }
  return occurrences;
}
