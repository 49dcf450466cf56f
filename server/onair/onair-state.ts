import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import type { OnlineState } from '@tieng-lang/shared/contract/state';
import type { DispatchService } from '../services.ts';

/** What a cluster sounds, put together from its own report and from its newest play order. */
export function onairState(
  code: string,
  known: { state: OnlineState | undefined; newest: ReturnType<DispatchService['newestAnswer']>; nowMs: number },
): OnairCluster {
  const { state, newest, nowMs } = known;
  const playing = state?.playing;
  const order = newest && nowMs < newest.endAtMs ? newest : undefined;
  const stage = order?.answer ? { stage: order.answer.stage } : {};
  if (playing) {
    const { broadcastId, title, level, itemStartAtMs, itemDurationMs, skewMs } = playing;
    return {
      code,
      state: 'playing',
      broadcastId,
      title,
      level,
      positionMs: Math.min(Math.max(0, nowMs - itemStartAtMs), itemDurationMs),
      durationMs: itemDurationMs,
      ...(skewMs === null ? {} : { offsetMs: skewMs }),
      ...(order?.broadcastId === broadcastId ? stage : {}),
    };
  }
  if (!state && !order) return { code, state: 'offline' };
  const over = !order || order.answer?.stage === 'finished' || order.answer?.stage === 'refused';
  const named = order ? { broadcastId: order.broadcastId, title: order.title, level: order.level, ...stage } : {};
  if (!state) return { code, state: 'offline', ...named };
  return { code, state: over ? 'silent' : 'waiting', ...named };
}

/** Whether a console has to be told: position and distance go on by themselves. */
export function isSameState(a: OnairCluster | undefined, b: OnairCluster): boolean {
  return a !== undefined && a.state === b.state && a.broadcastId === b.broadcastId && a.title === b.title && a.stage === b.stage;
}
