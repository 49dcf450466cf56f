import type { CardPosition } from './sink.ts';

const NOMINAL = 48;

/** Crystals of sound cards: nearly all within ±100 ppm, so this is how far off a card may be before it is known. */
const UNKNOWN_RATE_PPM = 60;

/** What is left of a rate that was measured before the card was closed: temperature moves it by less. */
const REMEMBERED_RATE_PPM = 2;

/**
 * How fast a rate wanders, ppm per √s. With reports that scatter by 0.3 ms it makes the filter forget after some 15 s:
 * slow enough to average 700 reports, quick enough for a box that warms up.
 */
const WANDER_PPM = 0.2;

/** Scatter of a report before any was seen, and the least that is believed (a card's registers are not exact), frames. */
const FIRST_SCATTER = 20;
const LEAST_SCATTER = 1;

/** A report this many deviations off says nothing about the drift; this many in a row say that the card has jumped. */
const OUTLIER = 5;
const OUTLIERS_FOR_JUMP = 8;

/** Mean of the last reports' errors, in deviations, above which the rate itself must have changed. */
const LEANING = 0.5;
const LEANING_WEIGHT = 0.02;
const CHANGED_RATE_PPM = 30;

/** Uncertainty of the position below which the timeline may trust it, frames (0.15 ms). */
const LOCKED_WITHIN = 7;

/**
 * Which frame leaves the card when: a Kalman filter over the card's jittered reports, with two states, position and
 * rate. Positions in frames, instants in ms of the monotonic clock.
 */
export class CardClock {
  /** Instant of the newest report, and the filtered position and rate (frames per ms above nominal) at it. */
  #atMs: number | undefined;
  #frame = 0;
  #rate: number;
  #varFrame = 0;
  #covariance = 0;
  #varRate: number;
  #varReport = FIRST_SCATTER ** 2;
  #leaning = 0;
  #outliers = 0;
  #reports = 0;

  /** `rememberedPpm`: what this card was off by when it was last open; undefined for a card not heard before. */
  constructor(options: { rememberedPpm?: number | undefined } = {}) {
    this.#rate = perMs(options.rememberedPpm ?? 0);
    this.#varRate = perMs(options.rememberedPpm === undefined ? UNKNOWN_RATE_PPM : REMEMBERED_RATE_PPM) ** 2;
  }

  observe(position: CardPosition): void {
    if (this.#atMs === undefined) {
      this.#begin(position);
      return;
    }
    const elapsedMs = position.monotonicMs - this.#atMs;
    if (elapsedMs <= 0) return;
    this.#predict(position.monotonicMs, elapsedMs);
    const error = position.frame - this.#frame;
    const variance = this.#varFrame + this.#varReport;
    const deviations = error / Math.sqrt(variance);
    if (Math.abs(deviations) > OUTLIER) {
      this.#outliers++;
      if (this.#outliers >= OUTLIERS_FOR_JUMP) this.#begin(position);
      return;
    }
    this.#outliers = 0;
    this.#watchRate(deviations);
    const gainFrame = this.#varFrame / variance;
    const gainRate = this.#covariance / variance;
    this.#frame += gainFrame * error;
    this.#rate += gainRate * error;
    this.#varRate -= gainRate * this.#covariance;
    this.#covariance *= 1 - gainFrame;
    this.#varFrame *= 1 - gainFrame;
    this.#learnScatter(error, variance);
  }

  /** The card ran dry and went on: where it is has to be found again; its rate is still its rate. */
  resync(): void {
    this.#atMs = undefined;
  }

  /** When `frame` leaves the card; undefined before the first report. */
  monotonicAt(frame: number): number | undefined {
    return this.#atMs === undefined ? undefined : this.#atMs + (frame - this.#frame) / this.framesPerMs;
  }

  /** The frame that leaves the card at an instant; undefined before the first report. */
  frameAt(monotonicMs: number): number | undefined {
    return this.#atMs === undefined ? undefined : this.#frame + (monotonicMs - this.#atMs) * this.framesPerMs;
  }

  get framesPerMs(): number {
    return NOMINAL + this.#rate;
  }

  /** What the card is off by, parts per million. */
  get ppm(): number {
    return (this.#rate / NOMINAL) * 1e6;
  }

  /** Whether `ppm` has been measured long enough to be worth remembering. */
  get rateKnown(): boolean {
    return Math.sqrt(this.#varRate) < perMs(5);
  }

  get locked(): boolean {
    return this.#atMs !== undefined && Math.sqrt(this.#varFrame) < LOCKED_WITHIN;
  }

  #begin(position: CardPosition): void {
    this.#atMs = position.monotonicMs;
    this.#frame = position.frame;
    this.#varFrame = this.#varReport;
    this.#covariance = 0;
    this.#outliers = 0;
    this.#leaning = 0;
  }

  #predict(toMs: number, elapsedMs: number): void {
    const wander = perMs(WANDER_PPM) ** 2 / 1000;
    this.#frame += elapsedMs * this.framesPerMs;
    this.#varFrame += 2 * elapsedMs * this.#covariance + elapsedMs ** 2 * this.#varRate + (wander * elapsedMs ** 3) / 3;
    this.#covariance += elapsedMs * this.#varRate + (wander * elapsedMs ** 2) / 2;
    this.#varRate += wander * elapsedMs;
    this.#atMs = toMs;
  }

  /** Errors that all lean to one side mean a rate that changed at once (another crystal, a resampling driver). */
  #watchRate(deviations: number): void {
    this.#leaning += LEANING_WEIGHT * (deviations - this.#leaning);
    if (Math.abs(this.#leaning) < LEANING) return;
    this.#leaning = 0;
    this.#varRate = Math.max(this.#varRate, perMs(CHANGED_RATE_PPM) ** 2);
  }

  #learnScatter(error: number, variance: number): void {
    this.#reports++;
    const weight = Math.max(0.01, 1 / (this.#reports + 25));
    const ownShare = (error * error * this.#varReport) / variance;
    this.#varReport = Math.max(LEAST_SCATTER ** 2, this.#varReport + weight * (ownShare - this.#varReport));
  }
}

function perMs(ppm: number): number {
  return ppm * 1e-6 * NOMINAL;
}
