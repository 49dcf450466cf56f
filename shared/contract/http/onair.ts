import * as z from 'zod';
import { clusterCode, id, level, volume } from '../basics.ts';
import { answerStage } from '../order.ts';
import { instant, targets } from './basics.ts';

export const playRequest = z
  .strictObject({ bulletinId: id.optional(), programmeId: id.optional(), targets, volume: volume.optional() })
  .refine((body) => (body.programmeId === undefined) !== (body.bulletinId === undefined), 'give either programmeId or bulletinId');
export const playAnswer = z.object({ broadcastId: id, startAt: instant, clusters: z.array(clusterCode) });

export const stopRequest = z.union([z.strictObject({ broadcastId: id }), z.strictObject({ targets })]);
export const stopAnswer = z.object({ clusters: z.array(clusterCode) });

/** What one cluster sounds now, by its own report. */
export const onairCluster = z.object({
  code: clusterCode,
  /** `waiting`: ordered to play and not yet sounding; `offline`: not known, it plays its plan by itself. */
  state: z.enum(['silent', 'waiting', 'playing', 'offline']),
  broadcastId: id.optional(),
  title: z.string().optional(),
  level: level.optional(),
  positionMs: z.number().optional(),
  durationMs: z.number().optional(),
  /** Distance of its sound from the timeline, ms (positive: late). */
  offsetMs: z.number().optional(),
  /** How far the newest order has come here. */
  stage: answerStage.optional(),
});
export const onairAnswer = z.object({ clusters: z.array(onairCluster) });
export type OnairCluster = z.infer<typeof onairCluster>;
