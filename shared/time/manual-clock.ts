import type { Clock, Timer } from './clock.ts';

interface Waiting {
  dueMs: number;
  periodMs: number | undefined;
  run: () => void;
}

/**
 * A clock that moves only when told: for tests, and for running a week in a second. Timers fire in the order of their
 * instants, each seeing its own instant as the present.
 */
export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(startAtMs: number) {
    this.#wallMs = startAtMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add(delayMs, undefined, run);
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#add(periodMs, periodMs, run);
  }

  /** How many timers are armed: a part that was stopped must leave none. */
  get armed(): number {
    return this.#waiting.size;
  }

  /** Moves both clocks on by `byMs`, firing what falls due on the way. */
  advance(byMs: number): void {
    const untilMs = this.#monotonicMs + byMs;
    for (;;) {
      const next = this.#earliest(untilMs);
      if (!next) break;
      this.#moveTo(Math.max(this.#monotonicMs, next.dueMs));
      if (next.periodMs === undefined) this.#waiting.delete(next);
      else next.dueMs += Math.max(next.periodMs, 1e-3);
      next.run();
    }
    this.#moveTo(untilMs);
  }

  /** Like `advance`, but lets promises settle after every timer: for parts that await between their ticks. */
  async advanceAsync(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs;
    await settle();
    for (;;) {
      const next = this.#earliest(untilMs);
      if (!next) break;
      this.#moveTo(Math.max(this.#monotonicMs, next.dueMs));
      if (next.periodMs === undefined) this.#waiting.delete(next);
      else next.dueMs += Math.max(next.periodMs, 1e-3);
      next.run();
      await settle();
    }
    this.#moveTo(untilMs);
    await settle();
  }

  /** Sets the wall clock by `byMs` as NTP or a person would: monotonic time and armed timers do not move. */
  step(byMs: number): void {
    this.#wallMs += byMs;
  }

  #add(delayMs: number, periodMs: number | undefined, run: () => void): Timer {
    const waiting: Waiting = { dueMs: this.#monotonicMs + Math.max(0, delayMs), periodMs, run };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  #earliest(untilMs: number): Waiting | undefined {
    let found: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.dueMs <= untilMs && (!found || waiting.dueMs < found.dueMs)) found = waiting;
    }
    return found;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/** Enough turns of the microtask queue for a chain of awaits to run to its next timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
