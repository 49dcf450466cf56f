import * as z from 'zod';
import { id, instantMs } from './basics.ts';
import { planMedia, planOccurrence } from './plan.ts';

/** Play now: an occurrence outside the plan. A cluster that is late joins in step; after `endAtMs` it does not. */
export const playOrder = z.object({
  kind: z.literal('play'),
  orderId: id,
  occurrence: planOccurrence,
  media: z.array(planMedia).max(1000),
});

/** Send what the speakers sound now to `…/monitor`, for somebody who listens at the console; ends by itself. */
export const monitorOrder = z.object({
  kind: z.literal('monitor'),
  orderId: id,
  untilMs: instantMs,
});

/** Restart the agent's process; systemd (or the runner of the demonstration) starts it anew. */
export const restartOrder = z.object({ kind: z.literal('restart'), orderId: id });

/** `…/order`, signed, not retained. The claims' `exp` is the order's end; every order is answered. */
export const order = z.discriminatedUnion('kind', [playOrder, monitorOrder, restartOrder]);
export type Order = z.infer<typeof order>;
export type PlayOrder = z.infer<typeof playOrder>;
export type MonitorOrder = z.infer<typeof monitorOrder>;

export const answerStage = z.enum(['received', 'ready', 'started', 'finished', 'refused']);
export type AnswerStage = z.infer<typeof answerStage>;

/** `…/answer`: how far an order has come on this cluster. `reason` is a code of the error table where `refused`. */
export const answer = z.object({
  orderId: id,
  stage: answerStage,
  atMs: instantMs,
  reason: z.string().max(200).optional(),
});
export type Answer = z.infer<typeof answer>;
