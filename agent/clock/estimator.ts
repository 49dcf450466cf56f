/** One four-instant exchange, on the device's monotonic clock. */
export interface OffsetSample {
  /** Middle of the exchange by the monotonic clock, ms. */
  atMs: number;
  /** Server time minus monotonic time, as this exchange saw it, ms. */
  offsetMs: number;
  /** Time on the way, both ways together, ms. The true offset lies within half of it of `offsetMs`. */
  roundTripMs: number;
}

export interface Estimate {
  /** Server time minus monotonic time at the instant asked for, ms. */
  offsetMs: number;
  /** How fast the offset grows, parts per million. */
  driftPpm: number;
  /** The true offset is within this of `offsetMs`, ms. */
  uncertaintyMs: number;
  /** How fast the uncertainty grows while nobody asks the server, parts per million. */
  growthPpm: number;
}

/** An hour: long enough to fit a drift of a few ppm through 4G's jitter, short enough to follow a warming crystal. */
const WINDOW_MS = 3_600_000;
const SAMPLES_MAX = 160;

/** A crystal's error is at most about ±100 ppm; before anything was measured that is all that is known. */
const CRYSTAL_PPM = 100;

/** What most crystals keep to: how much of a slope is believed before the samples span enough time to show one. */
const TYPICAL_PPM = 30;

/** How far a fitted crystal strays while nobody watches: a box between a cool night and a hot noon. */
const HOLDOVER_PPM = 20;

/** While asked regularly a crystal's rate changes by less than this between two exchanges. */
const WANDER_PPM = 2;

/** Reading clocks, waking up and writing a socket cost this much even on one machine. */
const FLOOR_MS = 0.02;

/** Without an answer for this long nobody watches the crystal any more. */
const WATCHED_MS = 300_000;

/**
 * Server time on the device's monotonic clock, from exchanges over a link with unknown and uneven delays. Samples with
 * a short round trip count most, as only waiting makes a round trip longer and an offset wrong (RFC 5905 §10); a line
 * is fitted through them, and the result is kept inside what the best of them leave possible. Pure: it reads no clock.
 */
export class OffsetEstimator {
  #samples: OffsetSample[] = [];
  /** What the samples say together, worked out once per sample: the player asks for the time at every block. */
  #fitted: { atMs: number; offsetMs: number; lowMs: number; highMs: number; driftPpm: number; spreadPpm: number } | undefined;

  get samples(): number {
    return this.#samples.length;
  }

  /** The newest sample's instant; undefined when there is none. */
  get newestAtMs(): number | undefined {
    return this.#samples.at(-1)?.atMs;
  }

  /** Samples come in the order of their instants; one that is impossible is refused. */
  add(sample: OffsetSample): boolean {
    const newest = this.#samples.at(-1);
    if (sample.roundTripMs < 0 || (newest && sample.atMs < newest.atMs)) return false;
    this.#samples.push(sample);
    const fromMs = sample.atMs - WINDOW_MS;
    this.#samples = this.#samples.filter((held) => held.atMs >= fromMs).slice(-SAMPLES_MAX);
    this.#refit(sample.atMs);
    return true;
  }

  /** The server's clock was stepped, or the machine slept: what was learnt no longer holds. */
  reset(): void {
    this.#samples = [];
    this.#fitted = undefined;
  }

  /** Undefined before the first sample. */
  at(monotonicMs: number): Estimate | undefined {
    const fitted = this.#fitted;
    if (!fitted) return undefined;
    const { atMs, offsetMs, lowMs, highMs, driftPpm, spreadPpm } = fitted;
    const ageMs = Math.max(0, monotonicMs - atMs);
    const unwatchedMs = Math.max(0, ageMs - WATCHED_MS);
    const growthPpm = Math.max(HOLDOVER_PPM, spreadPpm);
    const agedMs = ((ageMs - unwatchedMs) * spreadPpm + unwatchedMs * growthPpm) * 1e-6;
    return {
      offsetMs: offsetMs + driftPpm * 1e-6 * (monotonicMs - atMs),
      driftPpm,
      uncertaintyMs: FLOOR_MS + Math.max(offsetMs - lowMs, highMs - offsetMs) + agedMs,
      growthPpm,
    };
  }

  #refit(atMs: number): void {
    const line = this.#fit(atMs);
    const spreadPpm = WANDER_PPM + this.#driftErrorPpm(line.driftPpm);
    const { lowMs, highMs } = this.#possible(atMs, line.driftPpm, spreadPpm);
    const offsetMs = Math.min(Math.max(line.offsetMs, lowMs), highMs);
    this.#fitted = { atMs, offsetMs, lowMs, highMs, driftPpm: line.driftPpm, spreadPpm };
  }

  /** Weighted least squares around `originMs`, with the crystal's tolerance as what is known beforehand of the slope. */
  #fit(originMs: number): { offsetMs: number; driftPpm: number } {
    const shortestMs = Math.min(...this.#samples.map((sample) => sample.roundTripMs));
    const noiseMs = FLOOR_MS + 0.02 * shortestMs;
    const centreMs = this.#samples.at(-1)?.offsetMs ?? 0;
    // Prior of the slope. Units here: ms and ms per ms.
    let [w, wx, wxx, wy, wxy] = [0, 0, 1 / (TYPICAL_PPM * 1e-6) ** 2, 0, 0];
    for (const sample of this.#samples) {
      const excessMs = (sample.roundTripMs - shortestMs) / 2;
      // What lay long ago says less of the present: its age counts as noise at the crystal's wander.
      const sigmaMs = noiseMs + excessMs + (originMs - sample.atMs) * WANDER_PPM * 0.1e-6;
      const weight = 1 / sigmaMs ** 2;
      const x = sample.atMs - originMs;
      const y = sample.offsetMs - centreMs;
      w += weight;
      wx += weight * x;
      wxx += weight * x * x;
      wy += weight * y;
      wxy += weight * x * y;
    }
    const determinant = w * wxx - wx * wx;
    const slope = (w * wxy - wx * wy) / determinant;
    return { offsetMs: centreMs + (wxx * wy - wx * wxy) / determinant, driftPpm: slope * 1e6 };
  }

  /**
   * How wrong a drift can be at most: no crystal leaves its tolerance, and between any two samples the true drift is
   * known to within half of both round trips over the time between them. No assumption about the jitter goes into it.
   */
  #driftErrorPpm(driftPpm: number): number {
    let boundPpm = CRYSTAL_PPM + Math.abs(driftPpm);
    this.#samples.forEach((late, index) => {
      for (const early of this.#samples.slice(0, index)) {
        const spanMs = late.atMs - early.atMs;
        if (spanMs < 1) continue;
        const seenPpm = ((late.offsetMs - early.offsetMs) / spanMs) * 1e6;
        const marginPpm = ((late.roundTripMs + early.roundTripMs) / 2 / spanMs) * 1e6;
        boundPpm = Math.min(boundPpm, Math.abs(seenPpm - driftPpm) + marginPpm);
      }
    });
    return boundPpm;
  }

  /** What all samples together leave possible at `atMs`: each is right within half its round trip and its age's drift. */
  #possible(atMs: number, driftPpm: number, spreadPpm: number): { lowMs: number; highMs: number } {
    let [lowMs, highMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    let best = { lowMs, highMs };
    for (const sample of [...this.#samples].reverse()) {
      const ageMs = atMs - sample.atMs;
      const middleMs = sample.offsetMs + driftPpm * 1e-6 * ageMs;
      const marginMs = sample.roundTripMs / 2 + spreadPpm * 1e-6 * ageMs;
      lowMs = Math.max(lowMs, middleMs - marginMs);
      highMs = Math.min(highMs, middleMs + marginMs);
      // A contradiction means that the server's clock or the crystal was not steady: the newer samples are believed.
      if (lowMs > highMs) break;
      best = { lowMs, highMs };
    }
    return best;
  }
}
