import * as z from 'zod';
import { instantMs } from './basics.ts';

/**
 * The four-instant exchange (RFC 5905 §8): the agent asks at t1 by its clock, the server receives at t2 and answers at
 * t3 by its own, the agent receives at t4. offset = ((t2 − t1) + (t3 − t4)) / 2, round trip = (t4 − t1) − (t3 − t2).
 */
export const clockAsk = z.object({ id: z.number().int().min(0), t1: instantMs });
export type ClockAsk = z.infer<typeof clockAsk>;

export const clockReply = z.object({ id: z.number().int().min(0), t1: instantMs, t2: instantMs, t3: instantMs });
export type ClockReply = z.infer<typeof clockReply>;
