import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import { useRef } from 'react';
import { useServices } from '../app/services.ts';
import { useElapsed } from '../app/use-now.ts';

/** Where a cluster is in its broadcast now: its last report, moved on by the time since that report came. */
export function usePosition(report: OnairCluster | undefined): { positionMs: number; durationMs: number | undefined } | undefined {
  const { clock } = useServices();
  const seen = useRef<{ report: OnairCluster | undefined; atMs: number }>({ report: undefined, atMs: 0 });
  if (seen.current.report !== report) seen.current = { report, atMs: clock.monotonicMs() };
  const running = report?.state === 'playing' && report.positionMs !== undefined;
  const atMs = useElapsed(running, 500);
  if (!running) return undefined;
  const positionMs = (report.positionMs ?? 0) + Math.max(0, atMs - seen.current.atMs);
  const { durationMs } = report;
  return { positionMs: durationMs === undefined ? positionMs : Math.min(positionMs, durationMs), durationMs };
}
