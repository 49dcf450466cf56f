import * as z from 'zod';
import { clusterCode, durationMs, id, level, sha256 } from '../basics.ts';
import { outcome, outcomeReason } from '../journal.ts';
import { instant } from './basics.ts';

/** A line of the play log: one item of one broadcast on one cluster, sounded or absent. */
export const playLogLine = z.object({
  cluster: clusterCode,
  broadcastId: id,
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

export const receiptsQuery = z.object({ from: instant, to: instant, cluster: clusterCode.optional(), broadcast: id.optional() });
