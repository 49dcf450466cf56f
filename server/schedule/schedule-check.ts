import type { scheduleCheckAnswer } from '@tieng-lang/shared/contract/http/schedule';
import type { Language } from '@tieng-lang/shared/errors';
import { expand } from '@tieng-lang/shared/schedule/recurrence';
import { toIso } from '@tieng-lang/shared/time/clock';
import type * as z from 'zod';
import { type Entry, recurrenceOf, Zones } from './calendar.ts';
import { type Conflict, conflictsOf, type Series } from './conflicts.ts';
import { type Breach, breaches, PRESET } from './policy.ts';

export interface CheckResult {
  occurrences: { startAtMs: number; endAtMs: number }[];
  conflicts: Conflict[];
  policy: Breach[];
}

/** Occurrences are never searched for beyond 2200-01-01, where the instants of the contract end. */
const END_OF_TIME_MS = 7_258_118_400_000;
/** More clashes than this help nobody to decide. */
const CONFLICTS_MAX = 1000;
/** Of one other schedule within the checked span: every half hour for two months, or daily for eight years. */
const OTHER_STARTS_MAX = 3000;

/** The first `limit` occurrences at or after `fromMs`, and what stands against them. */
export function check(own: Entry, others: readonly Entry[], options: { fromMs: number; limit: number; language: Language }): CheckResult {
  const zones = new Zones();
  const zone = zones.get(own.schedule.timeZone);
  const startsMs = expand(recurrenceOf(own.schedule), { fromMs: options.fromMs, untilMs: END_OF_TIME_MS, limit: options.limit }, zone);
  const series = seriesOf(own, startsMs);
  const occurrences = startsMs.map((startAtMs) => ({ startAtMs, endAtMs: startAtMs + series.durationMs }));
  const [first] = occurrences;
  const last = occurrences.at(-1);
  const near =
    first && last
      ? others
          .filter(({ schedule }) => schedule.id !== own.schedule.id)
          .filter(({ clusters }) => clusters.some((code) => own.clusters.includes(code)))
          .map((other) => {
            const fromMs = first.startAtMs - other.composition.durationMs;
            const window = { fromMs, untilMs: last.endAtMs, limit: OTHER_STARTS_MAX };
            return seriesOf(other, expand(recurrenceOf(other.schedule), window, zones.get(other.schedule.timeZone)));
          })
      : [];
  return {
    occurrences,
    conflicts: conflictsOf(series, near, CONFLICTS_MAX),
    policy: breaches(occurrences, { level: series.level, zone, policy: PRESET, language: options.language }),
  };
}

function seriesOf({ schedule, composition, clusters }: Entry, startsMs: readonly number[]): Series {
  const { title, durationMs } = composition;
  return { scheduleId: schedule.id, title, level: schedule.level ?? composition.level, clusters, durationMs, startsMs };
}

export function checkAnswer(result: CheckResult, limit: number): z.output<typeof scheduleCheckAnswer> {
  return {
    occurrences: result.occurrences.slice(0, limit).map(({ startAtMs, endAtMs }) => ({ startAt: toIso(startAtMs), endAt: toIso(endAtMs) })),
    conflicts: result.conflicts.map(({ startAtMs, endAtMs, with: other, clusters, effect }) => ({
      kind: 'overlap',
      startAt: toIso(startAtMs),
      endAt: toIso(endAtMs),
      with: {
        scheduleId: other.scheduleId,
        title: other.title,
        level: other.level,
        startAt: toIso(other.startAtMs),
        endAt: toIso(other.endAtMs),
      },
      clusters,
      effect,
    })),
    policy: result.policy.map(({ rule, message, startAtMs }) => ({ rule, message, startAt: toIso(startAtMs) })),
  };
}
