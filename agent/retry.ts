/** How long to wait before trying again: a random time below a ceiling that doubles with each failure. */
export interface RetryLimits {
  firstMs: number;
  capMs: number;
}

/**
 * Full jitter: a commune's agents that lose the same server at the same instant come back spread over the whole span.
 * `failures` counts from 1. Never less than a tenth of the ceiling, so that a refusing server is not asked in a loop.
 */
export function retryDelayMs(failures: number, limits: RetryLimits, random: () => number): number {
  const ceilingMs = Math.min(limits.capMs, limits.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return ceilingMs * (0.1 + 0.9 * random());
}
