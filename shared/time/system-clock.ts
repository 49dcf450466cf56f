import type { Clock, Timer } from './clock.ts';

/** A wall clock and its monotonic reading disagree by more than this only when somebody set the clock. */
const STEP_MS = 5;

/** setTimeout holds its delay in a signed 32-bit integer; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * The machine's clock. `Date.now` has whole milliseconds only, so wall time is the monotonic clock added to an anchor
 * with decimals (`performance.timeOrigin`), and is anchored anew when the machine's time was stepped.
 */
export class SystemClock implements Clock {
  #originMs = performance.timeOrigin;

  nowMs(): number {
    const fineMs = this.#originMs + performance.now();
    const coarseMs = Date.now();
    // Date.now cuts the decimals off, so the middle of its millisecond is the fair comparison.
    const stepMs = coarseMs + 0.5 - fineMs;
    if (Math.abs(stepMs) <= STEP_MS) return fineMs;
    this.#originMs += stepMs;
    return fineMs + stepMs;
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): Timer {
    if (delayMs > LONGEST_DELAY_MS) {
      let inner: Timer = { cancel: () => undefined };
      const outer = setTimeout(() => {
        inner = this.after(delayMs - LONGEST_DELAY_MS, run);
      }, LONGEST_DELAY_MS);
      return {
        cancel: () => {
          clearTimeout(outer);
          inner.cancel();
        },
      };
    }
    const handle = setTimeout(run, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  }

  every(periodMs: number, run: () => void): Timer {
    const handle = setInterval(run, periodMs);
    return { cancel: () => clearInterval(handle) };
  }
}
