/** A timer that can be called off; calling it off twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only door to time. Nothing else reads `Date.now`, makes a `new Date()` of the present or sets a raw timer, so
 * that a test, a step of the wall clock or a simulated week goes through one place.
 *
 * Occurrences are compared with `nowMs` (it may step); durations are measured with `monotonicMs` (it never does).
 */
export interface Clock {
  /** Wall time: milliseconds since 1970-01-01T00:00:00Z, with decimals. May step forwards or backwards. */
  nowMs(): number;
  /** Milliseconds since an arbitrary instant, with decimals; never goes back, unmoved by steps of the wall clock. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs` of monotonic time. Errors in `run` are the caller's to handle. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` every `periodMs` of monotonic time until cancelled; ticks that were missed are not made up. */
  every(periodMs: number, run: () => void): Timer;
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** ISO 8601 in UTC, as the HTTP contract carries instants; rounded to the millisecond. */
export function toIso(atMs: number): string {
  return new Date(Math.round(atMs)).toISOString();
}
