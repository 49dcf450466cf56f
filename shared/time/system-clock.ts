import type { Clock, Timer } from './clock.ts';

/** Long enough to see `Date.now` turn over at least once. */
const SETTLING_MS = 1.5;

/** setTimeout holds its delay in a signed 32-bit integer; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * The machine's clock. `Date.now` has whole milliseconds only, so wall time is the monotonic clock added to an origin with
 * decimals. Each reading of `Date.now` says between which two values that origin lies, and it is moved as little as is
 * needed to lie there: the readings around the turn of a millisecond fix it to microseconds, the same in all processes of
 * the machine, and a step of the machine's time is followed by the very next reading.
 */
export class SystemClock implements Clock {
  #originMs = performance.timeOrigin;
  #settled = false;

  nowMs(): number {
    if (!this.#settled) this.#settle();
    return this.#originMs + this.#read();
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

  /** Before the first answer, so that it is as good as the later ones. */
  #settle(): void {
    this.#settled = true;
    const endMs = performance.now() + SETTLING_MS;
    while (this.#read() < endMs);
  }

  /** Reads both clocks, keeps the origin within what they allow, and returns the monotonic one. */
  #read(): number {
    const beforeMs = performance.now();
    const coarseMs = Date.now();
    const afterMs = performance.now();
    // The process may be held up between the readings: each bound takes the one that is on the safe side.
    this.#originMs = Math.min(Math.max(this.#originMs, coarseMs - afterMs), coarseMs + 1 - beforeMs);
    return afterMs;
  }
}
