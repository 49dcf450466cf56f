import { listOf } from '@tieng-lang/shared/contract/http/basics';
import { type Occurrence, occurrence, occurrencesQuery } from '@tieng-lang/shared/contract/http/schedule';
import { CodedError } from '@tieng-lang/shared/errors';
import { toIso } from '@tieng-lang/shared/time/clock';
import { type Route, route } from '../http/route.ts';
import type { ResolvedOccurrence } from '../services.ts';
import type { Schedules } from './schedules.ts';

/** The week, the month, the quarter: nobody looks at more at once, and each occurrence is a line of the answer. */
const SPAN_MAX_MS = 93 * 86_400_000;
/** Twenty a day of every day of the longest span, and then some. */
const ANSWERED_MAX = 5000;

export function occurrenceRoutes(schedules: Schedules): Route[] {
  return [
    route({
      method: 'get',
      path: '/occurrences',
      tag: 'schedule',
      summary: 'What plays where when, after precedence; at most 93 days and 5,000 occurrences',
      access: 'signed-in',
      query: occurrencesQuery,
      answers: { 200: { description: 'By start', schema: listOf(occurrence) } },
      handle: async ({ query }) => {
        const [fromMs, toMs] = [Date.parse(query.from), Date.parse(query.to)];
        if (!(toMs > fromMs) || toMs - fromMs > SPAN_MAX_MS) {
          throw new CodedError('invalid-input', { faults: [{ path: 'to', message: 'from < to ≤ from + 93 d' }] });
        }
        const { cluster } = query;
        const found = await schedules.occurrences(fromMs, toMs);
        const there = cluster === undefined ? found : found.filter(({ clusters }) => clusters.includes(cluster));
        return { status: 200, body: { items: there.slice(0, ANSWERED_MAX).map(toAnswer), next: null } };
      },
    }),
  ];
}

function toAnswer(resolved: ResolvedOccurrence): Occurrence {
  return {
    broadcastId: resolved.broadcastId,
    scheduleId: resolved.scheduleId,
    title: resolved.title,
    level: resolved.level,
    startAt: toIso(resolved.startAtMs),
    endAt: toIso(resolved.endAtMs),
    clusters: resolved.clusters,
    items: resolved.items.map(({ title, offsetMs, durationMs, sha256 }) => ({ title, offsetMs, durationMs, sha256 })),
    reason: resolved.leftOut[0]?.reason ?? (resolved.displacedOn.length > 0 ? 'pre-empted' : null),
  };
}
