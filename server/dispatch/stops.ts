import type { Plan } from '@tieng-lang/shared/contract/plan';
import type { StoredOrder } from './order-store.ts';
import type { StoredStop } from './stop-store.ts';

/**
 * "Stop all" holds at least so long: a cluster may sound what is known to it alone (an older plan). It silences only what
 * had begun before, so a longer hold costs nothing that comes later.
 */
const HOLD_MS = 3_600_000;
/** Past the end of what is stopped: clocks differ, and a join at the last moment would still be a sound. */
const MARGIN_MS = 60_000;

/** What is known of a cluster when somebody presses stop. */
export interface Sounding {
  cluster: string;
  plan: Plan | undefined;
  /** Its live play orders. */
  orders: readonly StoredOrder[];
}

/**
 * The stops that silence a cluster: of one broadcast, or (null) of all that has begun, and of what was put on air by hand
 * and is just about to begin. What the plan brings later is not touched.
 */
export function stopsFor(
  { cluster, plan, orders }: Sounding,
  broadcastId: string | null,
  options: { id: string; nowMs: number },
): StoredStop[] {
  const { id, nowMs } = options;
  const ordered = orders.flatMap(({ body }) => (body.kind === 'play' ? [body.occurrence] : []));
  const known = [...(plan?.occurrences ?? []), ...ordered].filter(({ endAtMs }) => endAtMs > nowMs);
  const stop = (suffix: string, name: string | null, endAtMs: number): StoredStop => ({
    kind: 'stop',
    id: `${id}${suffix}`,
    cluster,
    broadcastId: name,
    startedBeforeMs: nowMs,
    endAtMs: endAtMs + MARGIN_MS,
  });
  if (broadcastId !== null) {
    const named = known.find((occurrence) => occurrence.broadcastId === broadcastId);
    return [stop('', broadcastId, named?.endAtMs ?? nowMs + HOLD_MS)];
  }
  const begun = known.filter(({ startAtMs }) => startAtMs < nowMs).map(({ endAtMs }) => endAtMs);
  const waiting = ordered.filter(({ startAtMs, endAtMs }) => startAtMs >= nowMs && endAtMs > nowMs);
  return [
    stop('', null, Math.max(nowMs + HOLD_MS, ...begun)),
    ...waiting.map((occurrence, index) => stop(`-${index}`, occurrence.broadcastId, occurrence.endAtMs)),
  ];
}
