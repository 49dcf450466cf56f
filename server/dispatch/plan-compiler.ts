import { isDeepStrictEqual } from 'node:util';
import type { Plan, PlanMedia, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { ClusterOnFile, ResolvedOccurrence } from '../services.ts';

const DAY_MS = 86_400_000;

/** What the network may be away for, with every broadcast played. */
const PROMISED_MS = 7 * DAY_MS;
/** A plan reaches a day further, so that one that was just about to be renewed still keeps the promise. */
export const HORIZON_MS = PROMISED_MS + DAY_MS;
/** A horizon that moved by less is no reason for a new version; it is renewed about once a day. */
const RENEWAL_MS = DAY_MS / 2;

/** The schema's own bound, and a size that stays below the megabyte of a signed message (base 64 adds a third). */
const OCCURRENCES_MAX = 2000;
const BYTES_MAX = 700_000;

/**
 * What one cluster has to sound from now on. The same input gives the same plan, byte for byte. What is over is left
 * out: a plan never says of the past what it had not said before, or devices would report it as missed.
 * Too much for one plan is cut by time: the earliest stay, and `untilMs` says up to where it is whole.
 */
export function compilePlan(
  cluster: Pick<ClusterOnFile, 'code' | 'volume' | 'delayMs'>,
  occurrences: readonly ResolvedOccurrence[],
  options: { station: string; nowMs: number; untilMs: number },
): Plan {
  const due = occurrences
    .filter(({ clusters, items, endAtMs }) => items.length > 0 && endAtMs > options.nowMs && clusters.includes(cluster.code))
    .sort((a, b) => a.startAtMs - b.startAtMs || (a.broadcastId < b.broadcastId ? -1 : 1));
  const media = new Map<string, PlanMedia>();
  const planned: PlanOccurrence[] = [];
  let bytes = 0;
  let { untilMs } = options;
  for (const occurrence of due) {
    const next = toPlanOccurrence(occurrence);
    const fresh = occurrence.media.filter(({ sha256 }) => !media.has(sha256));
    bytes += Buffer.byteLength(JSON.stringify(next)) + Buffer.byteLength(JSON.stringify(fresh));
    if (planned.length >= OCCURRENCES_MAX || bytes > BYTES_MAX) {
      untilMs = occurrence.startAtMs;
      break;
    }
    planned.push(next);
    for (const file of fresh) media.set(file.sha256, file);
  }
  return {
    kind: 'plan',
    station: options.station,
    cluster: cluster.code,
    fromMs: options.nowMs,
    untilMs,
    settings: { volume: cluster.volume, delayMs: cluster.delayMs },
    occurrences: planned,
    media: [...media.values()],
  };
}

function toPlanOccurrence({ broadcastId, title, level, startAtMs, endAtMs, volume, items }: ResolvedOccurrence): PlanOccurrence {
  return { broadcastId, title, level, startAtMs, endAtMs, volume, items };
}

/** Whether the plan in force no longer says what it should: something still to come differs, or its horizon comes near. */
export function needsNewVersion(held: Plan, fresh: Plan, nowMs: number): boolean {
  if (!isDeepStrictEqual(held.settings, fresh.settings)) return true;
  const comparedUntilMs = Math.min(held.untilMs, fresh.untilMs);
  const toCome = (plan: Plan) => plan.occurrences.filter(({ startAtMs, endAtMs }) => endAtMs > nowMs && startAtMs < comparedUntilMs);
  if (!isDeepStrictEqual(toCome(held), toCome(fresh))) return true;
  return held.untilMs - nowMs < PROMISED_MS && fresh.untilMs - held.untilMs >= RENEWAL_MS;
}
