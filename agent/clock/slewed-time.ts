/** Server time from an instant of the monotonic clock on: a straight line. */
interface Segment {
  fromMs: number;
  serverMs: number;
  /** Server milliseconds per monotonic millisecond. */
  rate: number;
}

/** Above this a correction is made at once and said aloud: gliding would leave the cluster out of step for minutes. */
export const STEP_MS = 50;

/** Fast enough for a second's drift of any crystal, slow enough that nobody hears the pitch move (0.9 cents). */
const SLEW_PPM = 500;

/** Small corrections are mostly the estimate's own noise: taking this long over them halves it without falling behind. */
const GLIDE_MS = 15_000;

/** The player may ask for an instant a few seconds back, the audio between its rendering and its sounding. */
const SEGMENTS_MAX = 32;

/**
 * Server time as a continuous line over monotonic time. Corrections bend it, they do not break it, so that an item's
 * timeline never jumps; only an error beyond 50 ms steps. `at` and `monotonicAt` are each other's inverse.
 */
export class SlewedTime {
  #segments: Segment[] = [];

  /** False until the first `set`: until then there is no time to speak of. */
  get known(): boolean {
    return this.#segments.length > 0;
  }

  at(monotonicMs: number): number {
    const segment = this.#segments.findLast((held) => held.fromMs <= monotonicMs) ?? this.#segments[0];
    return segment ? segment.serverMs + (monotonicMs - segment.fromMs) * segment.rate : monotonicMs;
  }

  monotonicAt(serverMs: number): number {
    const segment = this.#segments.findLast((held) => held.serverMs <= serverMs) ?? this.#segments[0];
    return segment ? segment.fromMs + (serverMs - segment.serverMs) / segment.rate : serverMs;
  }

  /** Forgets all corrections and says from now on what the estimate says. */
  set(nowMs: number, offsetMs: number, driftPpm: number): void {
    this.#segments = [{ fromMs: nowMs, serverMs: nowMs + offsetMs, rate: 1 + driftPpm * 1e-6 }];
  }

  /** Bends towards the estimate; returns by how much it had to step, ms (0: it glides). */
  steer(nowMs: number, offsetMs: number, driftPpm: number): number {
    const errorMs = nowMs + offsetMs - this.at(nowMs);
    if (!this.known || Math.abs(errorMs) > STEP_MS) {
      const stepMs = this.known ? errorMs : 0;
      this.set(nowMs, offsetMs, driftPpm);
      return stepMs;
    }
    const glideMs = Math.max(GLIDE_MS, (Math.abs(errorMs) / SLEW_PPM) * 1e6);
    const rate = 1 + driftPpm * 1e-6;
    const from: Segment = { fromMs: nowMs, serverMs: this.at(nowMs), rate: rate + errorMs / glideMs };
    const until: Segment = { fromMs: nowMs + glideMs, serverMs: from.serverMs + glideMs * from.rate, rate };
    this.#segments = [...this.#segments.filter((held) => held.fromMs < nowMs), from, until].slice(-SEGMENTS_MAX);
    return 0;
  }
}
