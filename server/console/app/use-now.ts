import { useEffect, useState } from 'react';
import { useServices } from './services.ts';

/** The present (ms), read anew every `periodMs`: for clocks and for what is running. */
export function useNow(periodMs: number): number {
  const { clock } = useServices();
  const [nowMs, setNowMs] = useState(() => clock.nowMs());
  useEffect(() => {
    const timer = clock.every(periodMs, () => setNowMs(clock.nowMs()));
    return () => timer.cancel();
  }, [clock, periodMs]);
  return nowMs;
}

/** Like `useNow` by the monotonic clock, and only while `running`: for positions that move between two reports. */
export function useElapsed(running: boolean, periodMs: number): number {
  const { clock } = useServices();
  const [atMs, setAtMs] = useState(() => clock.monotonicMs());
  useEffect(() => {
    if (!running) return;
    setAtMs(clock.monotonicMs());
    const timer = clock.every(periodMs, () => setAtMs(clock.monotonicMs()));
    return () => timer.cancel();
  }, [clock, running, periodMs]);
  return atMs;
}
