import type { Clock } from '@tieng-lang/shared/time/clock';
import { CardClock } from './card-clock.ts';
import type { OutputTap, SyncedTime } from './contract.ts';
import { dbfs } from './gain.ts';
import { type Block, Mixer, type Span, type TrackOf } from './mixer.ts';
import { Servo } from './servo.ts';
import type { RenderRequest } from './sink.ts';
import type { Cue, ItemKey } from './timeline.ts';

/** The largest block a card may ask for: 100 ms. */
const LARGEST_BLOCK = 4800;

/** Output level is measured over a second of 20 ms blocks. */
const LEVEL_BLOCKS = 50;

/** The slope of the synced clock is taken over a second: over less, the grain of epoch milliseconds would show. */
const SLOPE_MS = 1000;

/** Far more than a card's buffer holds; only a card that reports no position at all would reach it. */
const MOST_SPANS = 2000;

export interface RendererSources {
  /** What is to sound; empty while nothing may. */
  cues(): readonly Cue[];
  trackOf: TrackOf;
  delayMs(): number;
  timeKnown(): boolean;
  /** Some of an item has left the card; its first frame did so at this server time. */
  left(span: Span, atMs: number): void;
  /** The card ran dry; `heard`: while something sounded, so that a gap was heard. */
  underrun(lostFrames: number, heard: boolean): void;
}

/**
 * Renders one opening of the card: says which instant of the timeline a frame of the card stands for, has it mixed, and
 * follows the frames until they leave.
 */
export class Renderer {
  readonly #clock: Clock;
  readonly #time: SyncedTime;
  readonly #sources: RendererSources;
  readonly #taps: ReadonlySet<OutputTap>;
  readonly #cardClock: CardClock;
  readonly #servo = new Servo();
  readonly #mixer = new Mixer({ largestBlock: LARGEST_BLOCK });
  readonly #spans: Span[] = [];
  readonly #levels: { energy: number; frames: number }[] = [];
  #baseMs: number | undefined;
  #skewMs: number | null = null;
  #blocks = 0;

  constructor(options: {
    clock: Clock;
    time: SyncedTime;
    sources: RendererSources;
    taps: ReadonlySet<OutputTap>;
    rememberedPpm: number | undefined;
  }) {
    this.#clock = options.clock;
    this.#time = options.time;
    this.#sources = options.sources;
    this.#taps = options.taps;
    this.#cardClock = new CardClock({ rememberedPpm: options.rememberedPpm });
  }

  /** Blocks rendered so far: that it grows is the sign of life of the card. */
  get blocks(): number {
    return this.#blocks;
  }

  /** What the card is off by, ppm; undefined while that is not known well. */
  get ppm(): number | undefined {
    return this.#cardClock.rateKnown ? this.#cardClock.ppm : undefined;
  }

  /** How late the newest block was by the clocks, ms; null while nothing sounds in lock. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  get outputDbfs(): number | null {
    let energy = 0;
    let frames = 0;
    for (const level of this.#levels) {
      energy += level.energy;
      frames += level.frames;
    }
    return frames === 0 ? null : (dbfs(energy, frames) ?? SILENCE_DBFS);
  }

  /** Whether some of an item is being rendered or still in the card. */
  holds(key: ItemKey): boolean {
    return this.#mixer.holds(key) || this.#spans.some((span) => span.key === key);
  }

  readonly render = (request: RenderRequest): Float32Array => {
    this.#blocks++;
    if (request.lostFrames > 0) this.#ranDry(request.lostFrames);
    if (request.position) this.#cardClock.observe(request.position);
    this.settle();
    const leavesAtMs = this.#cardClock.monotonicAt(request.firstFrame);
    const known = leavesAtMs !== undefined && this.#sources.timeKnown();
    const block = known ? this.#place(request, leavesAtMs) : this.#unplaced(request);
    const output = this.#mixer.render(block, known ? this.#sources.cues() : [], this.#sources.trackOf, this.#spans);
    if (this.#spans.length > MOST_SPANS) this.#spans.splice(0, this.#spans.length - MOST_SPANS);
    this.#measure(output);
    if (known) for (const tap of this.#taps) tap(output, this.#time.at(leavesAtMs));
    return output;
  };

  /** Hands on what has left the card by now. */
  settle(): void {
    const frame = this.#cardClock.frameAt(this.#clock.monotonicMs());
    if (frame !== undefined) this.#handOn(frame);
  }

  /** The card was closed after what was rendered had sounded. */
  drained(): void {
    this.#handOn(Number.POSITIVE_INFINITY);
  }

  #handOn(untilFrame: number): void {
    for (let span = this.#spans[0]; span && span.cardFrame + span.frames <= untilFrame; span = this.#spans[0]) {
      this.#spans.shift();
      const atMs = this.#cardClock.monotonicAt(span.cardFrame);
      this.#sources.left(span, this.#time.at(atMs ?? this.#clock.monotonicMs()));
    }
  }

  /** Everything rendered has left; then there was silence, and the card started anew with a phase of its own. */
  #ranDry(lostFrames: number): void {
    const heard = this.#mixer.sounding;
    this.drained();
    this.#cardClock.resync();
    this.#servo.reset();
    this.#mixer.cut();
    this.#sources.underrun(lostFrames, heard);
  }

  #place(request: RenderRequest, leavesAtMs: number): Block {
    const atMs = this.#time.at(leavesAtMs);
    this.#baseMs ??= Math.floor(atMs);
    const slope = (this.#time.at(leavesAtMs + SLOPE_MS) - atMs) / SLOPE_MS;
    const { sounding } = this.#mixer;
    const step = this.#servo.step({
      wantedMs: atMs - this.#sources.delayMs() - this.#baseMs,
      msPerFrame: slope / this.#cardClock.framesPerMs,
      frames: request.frames,
      sounding,
    });
    this.#skewMs = sounding && this.#cardClock.locked ? step.skewMs : null;
    return {
      cardFrame: request.firstFrame,
      frames: request.frames,
      baseMs: this.#baseMs,
      fromMs: step.fromMs,
      msPerFrame: step.msPerFrame,
      skewMs: this.#cardClock.locked ? step.skewMs : null,
      reseated: step.reseated,
    };
  }

  /** Without a position or a time nothing can be placed; what sounds fades out. */
  #unplaced(request: RenderRequest): Block {
    this.#servo.reset();
    this.#skewMs = null;
    const msPerFrame = 1 / this.#cardClock.framesPerMs;
    return { cardFrame: request.firstFrame, frames: request.frames, baseMs: 0, fromMs: 0, msPerFrame, skewMs: null, reseated: false };
  }

  #measure(output: Float32Array): void {
    let energy = 0;
    for (const sample of output) energy += sample * sample;
    this.#levels.push({ energy, frames: output.length });
    if (this.#levels.length > LEVEL_BLOCKS) this.#levels.shift();
  }
}

/** The level of digital silence, so that "silent" and "closed" differ: below the smallest step of 16 bits. */
const SILENCE_DBFS = -120;
