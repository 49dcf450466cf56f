import * as z from 'zod';
import { clusterCode, durationMs, id, instantMs, level, sha256, stationCode, title, volume } from './basics.ts';

/** One piece of sound inside an occurrence; everything between items is silence. */
export const planItem = z.object({
  /** Position in the programme, from 0; with the broadcast's id it names the receipt. */
  index: z.number().int().min(0).max(999),
  bulletinId: id.nullable(),
  title,
  sha256,
  /** Start, ms after the occurrence's start. */
  offsetMs: durationMs,
  durationMs,
});
export type PlanItem = z.infer<typeof planItem>;

/** One broadcast at one instant, as one cluster has to sound it. */
export const planOccurrence = z.object({
  broadcastId: id,
  title,
  level,
  startAtMs: instantMs,
  endAtMs: instantMs,
  /** Volume of this broadcast, 0–100; null: the cluster's own. */
  volume: volume.nullable(),
  items: z.array(planItem).min(1).max(1000),
});
export type PlanOccurrence = z.infer<typeof planOccurrence>;

/** A media file that the plan needs: Ogg Opus, 48 kHz, mono, named by the SHA-256 of its bytes. */
export const planMedia = z.object({
  sha256,
  bytes: z.number().int().min(1).max(500_000_000),
  durationMs,
});
export type PlanMedia = z.infer<typeof planMedia>;

/** How the cluster sounds at all, beside what it plays. */
export const clusterSettings = z.object({
  volume,
  /** Added to every planned instant, for poles that hear each other; ms, may be negative. */
  delayMs: z.number().min(-2000).max(2000),
});
export type ClusterSettings = z.infer<typeof clusterSettings>;

/** `…/plan`, signed: what one cluster plays in the next seven days, and the media that this needs. */
export const plan = z.object({
  kind: z.literal('plan'),
  station: stationCode,
  cluster: clusterCode,
  fromMs: instantMs,
  untilMs: instantMs,
  settings: clusterSettings,
  occurrences: z.array(planOccurrence).max(2000),
  media: z.array(planMedia).max(5000),
});
export type Plan = z.infer<typeof plan>;
