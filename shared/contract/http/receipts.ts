import * as z from 'zod';
import { clusterCode, durationMs, id, level, sha256 } from '../basics.ts';
import { outcome, outcomeReason } from '../journal.ts';
import { instant, page } from './basics.ts';

/** A line of the play log: one item of one broadcast on one cluster, sounded or absent. */
export const playLogLine = z.object({
  cluster: clusterCode,
  broadcastId: id,
  /** The title of the whole broadcast, where the plan or the order is known that it came from. */
  broadcastTitle: z.string().optional(),
  itemIndex: z.number().int(),
  title: z.string(),
  level,
  plannedAt: instant,
  plannedMs: durationMs,
  startedAt: instant.optional(),
  heardMs: durationMs,
  outcome,
  reason: outcomeReason.optional(),
  sha256,
  skewMs: z.number().optional(),
  rmsDbfs: z.number().optional(),
});
export type PlayLogLine = z.infer<typeof playLogLine>;

/** By the planned instant, from `from` (included) to `to` (not included); the newest first. */
export const receiptsQuery = page.extend({
  from: instant,
  to: instant,
  cluster: clusterCode.optional(),
  broadcast: id.optional(),
  outcome: outcome.optional(),
});

/** One broadcast over all its clusters: how many of its items (clusters × items) came to what. */
export const broadcastSummary = z.object({
  broadcastId: id,
  title: z.string(),
  level,
  plannedAt: instant,
  endAt: instant,
  clusters: z.number().int(),
  items: z.number().int(),
  completed: z.number().int(),
  interrupted: z.number().int(),
  failed: z.number().int(),
  missed: z.number().int(),
  skipped: z.number().int(),
  /** Not reported yet, and not overdue. */
  expected: z.number().int(),
});
export type BroadcastSummary = z.infer<typeof broadcastSummary>;
export const summaryQuery = z.object({ from: instant, to: instant });
