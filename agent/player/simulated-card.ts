import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { CardPosition, Render, Sink } from './sink.ts';

const NOMINAL = 48;

/** What left the card, as the world would have heard it. */
export interface CardListener {
  /** The card was opened; frames count from 0 again. */
  opened(): void;
  /** A block left the card; its first frame did so at `trueMs`, epoch ms. */
  left(block: Float32Array, trueMs: number): void;
  /** The card was closed; resolves when what was heard is kept. */
  closed(): Promise<void>;
}

export interface SimulatedCardOptions {
  clock: Clock;
  /** How fast the card's crystal really is, parts per million. */
  ppm: number;
  /** Seed of the jitter. */
  seed: number;
  /** 20 ms: what a USB or I²S card is usually asked for. */
  periodFrames?: number;
  /** 300 ms: longer than any pause of garbage collection or of an fsync, short enough that "stop" is at once. */
  bufferFrames?: number;
  /** Standard deviation of the reported position, ms; it is cut at three of them. */
  jitterMs?: number;
  /**
   * The reported position moves in steps of so many frames, as a card's transfers do. 23 has no common beat with the
   * period: under a manual clock, whose ticks do not scatter, 24 would be off by the same part of a step for ever.
   */
  granuleFrames?: number;
  listener?: CardListener;
}

interface Block {
  samples: Float32Array;
  firstFrame: number;
}

/**
 * A sound card that has everything real ones have but sound: a crystal of its own, periods, a buffer that runs dry when
 * it is not filled in time, and a reported position that jitters. Nobody learns its true rate or position but its
 * listener.
 */
export class SimulatedCard implements Sink {
  readonly rate = 48000;
  readonly bufferFrames: number;
  readonly #clock: Clock;
  readonly #period: number;
  readonly #jitterMs: number;
  readonly #granule: number;
  readonly #listener: CardListener | undefined;
  readonly #onFailure = new Set<(reason: Error) => void>();
  #random: number;
  #ppm: number;
  #missing = false;
  #tick: Timer | undefined;
  #render: Render | undefined;
  /** Frame `#baseFrame` leaves at `#baseMs` of the monotonic clock. */
  #baseFrame = 0;
  #baseMs = 0;
  #written = 0;
  #lost = 0;
  #started = false;
  #draining = false;
  /** Epoch ms at monotonic 0, taken anew at each opening: a step of the wall clock in between moves no sound. */
  #epochMs = 0;
  #queue: Block[] = [];
  readonly #spare: Float32Array[] = [];

  constructor(options: SimulatedCardOptions) {
    this.#clock = options.clock;
    this.#ppm = options.ppm;
    this.#random = options.seed >>> 0;
    this.#period = options.periodFrames ?? 960;
    this.bufferFrames = options.bufferFrames ?? 14_400;
    this.#jitterMs = options.jitterMs ?? 0.25;
    this.#granule = options.granuleFrames ?? 23;
    this.#listener = options.listener;
  }

  open(render: Render): Promise<void> {
    if (this.#tick) return Promise.reject(new Error('the sound card is busy'));
    if (this.#missing) return Promise.reject(new Error('there is no sound card'));
    this.#render = render;
    this.#epochMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    this.#written = 0;
    this.#lost = 0;
    this.#started = false;
    this.#draining = false;
    this.#listener?.opened();
    this.#tick = this.#clock.every(this.#period / NOMINAL, () => this.#turn());
    this.#turn();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    const render = this.#render;
    if (!render) return;
    this.#draining = true;
    const leftMs = this.#started ? (this.#written - this.#frameAt(this.#clock.monotonicMs())) / this.#framesPerMs : 0;
    if (leftMs > 0) {
      await new Promise<void>((resolve) => {
        this.#clock.after(leftMs + 1, resolve);
      });
    }
    // It may have been pulled out, and even opened again, while it drained.
    if (this.#render !== render) return;
    this.#settle(this.#clock.monotonicMs());
    await this.#shut();
  }

  onFailure(handler: (reason: Error) => void): void {
    this.#onFailure.add(handler);
  }

  /** Pulls the card out: it fails if it is open, and cannot be opened until it is put back. */
  remove(): void {
    this.#missing = true;
    if (!this.#render) return;
    this.#settle(this.#clock.monotonicMs());
    void this.#shut();
    for (const handler of this.#onFailure) handler(new Error('the sound card was removed'));
  }

  putBack(): void {
    this.#missing = false;
  }

  /** The driver hangs: the card takes nothing more and says nothing, until it is opened anew. */
  freeze(): void {
    this.#tick?.cancel();
  }

  /** Changes the crystal's error from now on. */
  setPpm(ppm: number): void {
    if (this.#started) {
      const nowMs = this.#clock.monotonicMs();
      this.#settle(nowMs);
      this.#baseFrame = this.#frameAt(nowMs);
      this.#baseMs = nowMs;
    }
    this.#ppm = ppm;
  }

  get #framesPerMs(): number {
    return NOMINAL * (1 + this.#ppm * 1e-6);
  }

  #frameAt(monotonicMs: number): number {
    return this.#baseFrame + (monotonicMs - this.#baseMs) * this.#framesPerMs;
  }

  #turn(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#settle(nowMs);
    if (this.#draining) return;
    if (this.#started && this.#frameAt(nowMs) >= this.#written) this.#underrun(nowMs);
    const position = this.#started ? this.#report(nowMs) : undefined;
    // A buffer that is not full (a card just opened) is filled two periods at a time: so an emergency that opens the
    // card sounds after 60 ms and not after the whole buffer.
    const room = this.bufferFrames - (this.#started ? this.#written - this.#frameAt(nowMs) : 0);
    const periods = Math.min(Math.floor(room / this.#period), this.#started ? 2 : 3);
    for (let i = 0; i < periods; i++) this.#write(position);
    if (!this.#started) this.#startAt(nowMs, 0);
  }

  #write(position: CardPosition | undefined): void {
    const lostFrames = this.#lost;
    this.#lost = 0;
    const rendered = this.#render?.({ firstFrame: this.#written, frames: this.#period, position, lostFrames });
    if (!rendered) return;
    // The renderer may use its block again; what is in the card's buffer must stay.
    const samples = this.#spare.pop() ?? new Float32Array(this.#period);
    samples.set(rendered);
    this.#queue.push({ samples, firstFrame: this.#written });
    this.#written += this.#period;
  }

  /** Two ms: a card's transfers start a little after they are asked to. */
  #startAt(nowMs: number, frame: number): void {
    this.#baseFrame = frame;
    this.#baseMs = nowMs + 2;
    this.#started = true;
  }

  /** Ran dry: silence went out since, the count goes on, and the card starts anew with a phase of its own. */
  #underrun(nowMs: number): void {
    const dryAtMs = this.#baseMs + (this.#written - this.#baseFrame) / this.#framesPerMs;
    const lost = Math.max(1, Math.round((nowMs + 2 - dryAtMs) * NOMINAL));
    for (let done = 0; done < lost; done += this.#period) {
      const frames = Math.min(this.#period, lost - done);
      this.#listener?.left(new Float32Array(frames), this.#epochMs + dryAtMs + done / NOMINAL);
    }
    this.#written += lost;
    this.#lost += lost;
    this.#startAt(nowMs, this.#written);
  }

  /** Hands on what has left by now. */
  #settle(nowMs: number): void {
    if (!this.#started) return;
    const frame = this.#frameAt(nowMs);
    for (let block = this.#queue[0]; block && block.firstFrame + this.#period <= frame; block = this.#queue[0]) {
      const trueMs = this.#epochMs + this.#baseMs + (block.firstFrame - this.#baseFrame) / this.#framesPerMs;
      this.#listener?.left(block.samples, trueMs);
      this.#queue.shift();
      this.#spare.push(block.samples);
    }
  }

  /** In the middle of its step, so that the report is off to either side alike, as a driver that knows its steps gives it. */
  #report(nowMs: number): CardPosition {
    const noise = Math.max(-3, Math.min(3, this.#gaussian())) * this.#jitterMs;
    const granule = Math.floor(this.#frameAt(nowMs) / this.#granule);
    return { frame: (granule + 0.5) * this.#granule + noise * NOMINAL, monotonicMs: nowMs };
  }

  #gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#uniform()));
    return radius * Math.cos(2 * Math.PI * this.#uniform());
  }

  /** Mulberry32: the same seed jitters the same way in every run. */
  #uniform(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = this.#random;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  async #shut(): Promise<void> {
    this.#tick?.cancel();
    this.#tick = undefined;
    this.#render = undefined;
    this.#started = false;
    this.#queue = [];
    await this.#listener?.closed();
  }
}

/** FNV-1a: the seed and the rate error of a cluster's card follow from its code alone. */
export function hashOfCluster(cluster: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < cluster.length; i++) hash = Math.imul(hash ^ cluster.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Rate error of a cluster's simulated card, ±100 ppm. */
export function ppmOfCluster(cluster: string): number {
  // The low bits of FNV differ most between codes that differ in their last digit.
  return ((Math.imul(hashOfCluster(cluster), 0x9e3779b1) >>> 0) / 2 ** 32) * 200 - 100;
}
