import * as z from 'zod';
import { clockReport, id, instantMs, level, title } from './basics.ts';

/** What the cluster sounds now. */
export const playing = z.object({
  broadcastId: id,
  title,
  level,
  itemIndex: z.number().int().min(0),
  /** Planned instant of the item's first sample. */
  itemStartAtMs: instantMs,
  itemDurationMs: z.number().min(0),
  /** Distance of the sound from the timeline at the last look, ms (positive: late). */
  skewMs: z.number().nullable(),
});
export type Playing = z.infer<typeof playing>;

/**
 * `…/state`, retained, and the will. `nonce` is made for each connection: an "offline" with another nonce than the
 * last "online" speaks of a connection that was replaced, and is ignored.
 */
export const agentState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('offline'), nonce: id }),
  z.object({
    state: z.literal('online'),
    nonce: id,
    atMs: instantMs,
    deviceId: z.string().max(100),
    agentVersion: z.string().max(40),
    /** Version of the plan that is stored and in force; 0: none. */
    planVersion: z.number().int().min(0),
    overrideVersion: z.number().int().min(0),
    media: z.object({ verified: z.number().int().min(0), total: z.number().int().min(0) }),
    clock: clockReport,
    playing: playing.nullable(),
  }),
]);
export type AgentState = z.infer<typeof agentState>;
export type OnlineState = Extract<AgentState, { state: 'online' }>;
