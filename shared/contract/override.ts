import * as z from 'zod';
import { clusterCode, id, instantMs, stationCode } from './basics.ts';

/**
 * Silences what is named: one broadcast, or (null) everything that was due to start before `startedBeforeMs`. It holds
 * until `endAtMs`, so that a cluster that was away when the button was pressed stays silent when it comes back.
 */
export const stopOverride = z.object({
  kind: z.literal('stop'),
  id,
  broadcastId: id.nullable(),
  startedBeforeMs: instantMs,
  endAtMs: instantMs,
});

/** `…/override`, signed: everything that pre-empts this cluster's plan now. Replaces the override before it, whole. */
export const override = z.object({
  kind: z.literal('override'),
  station: stationCode,
  cluster: clusterCode,
  items: z.array(stopOverride).max(200),
});
export type Override = z.infer<typeof override>;
export type StopOverride = z.infer<typeof stopOverride>;

/** Whether this override silences a broadcast at an instant. */
export function isStopped(items: readonly StopOverride[], broadcast: { broadcastId: string; startAtMs: number }, atMs: number): boolean {
  return items.some(
    (item) =>
      atMs < item.endAtMs &&
      (item.broadcastId === null ? broadcast.startAtMs < item.startedBeforeMs : item.broadcastId === broadcast.broadcastId),
  );
}
