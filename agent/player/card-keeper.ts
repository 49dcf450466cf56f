import { type Clock, sleep, type Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Amplifier, OutputTap, PlayerEvents, SyncedTime } from './contract.ts';
import { Renderer, type RendererSources } from './renderer.ts';
import type { Sink } from './sink.ts';

/** A driver that does not answer for so long will not. */
const OPEN_WITHIN_MS = 5000;

/** Three periods of the card: by then the fade is in its buffer. */
const FADE_WITHIN_MS = 60;

/** Looks (two a second) without one block asked for, after which a card counts as hung: many times its buffer. */
const LOOKS_TO_HUNG = 6;

/** A card that is missing is tried again after half a second, then ever more seldom, at least every 30 s; ±25 % jitter. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** A card that has run this many looks (10 s) has recovered: its next failure is a new one. */
const LOOKS_TO_RECOVERED = 20;

/** Opens the sound card when it is wanted, switches the amplifier with it, and brings it back when it fails. */
export class CardKeeper {
  readonly #clock: Clock;
  readonly #time: SyncedTime;
  readonly #sink: Sink;
  readonly #amplifier: Amplifier;
  readonly #events: PlayerEvents;
  readonly #log: Logger;
  readonly #sources: RendererSources;
  readonly #taps: ReadonlySet<OutputTap>;
  readonly #random: () => number;
  readonly #changed: () => void;
  #renderer: Renderer | undefined;
  #state: 'closed' | 'opening' | 'open' | 'closing' = 'closed';
  #work: Promise<void> = Promise.resolve();
  #amplified = false;
  #rememberedPpm: number | undefined;
  #blocksSeen = 0;
  #hungLooks = 0;
  #goodLooks = 0;
  #failures = 0;
  #retryAtMs = 0;

  constructor(options: {
    clock: Clock;
    time: SyncedTime;
    sink: Sink;
    amplifier: Amplifier;
    events: PlayerEvents;
    log: Logger;
    sources: RendererSources;
    taps: ReadonlySet<OutputTap>;
    random: () => number;
    /** Called when the card was opened, closed or lost. */
    changed: () => void;
  }) {
    this.#clock = options.clock;
    this.#time = options.time;
    this.#sink = options.sink;
    this.#amplifier = options.amplifier;
    this.#events = options.events;
    this.#log = options.log;
    this.#sources = options.sources;
    this.#taps = options.taps;
    this.#random = options.random;
    this.#changed = options.changed;
  }

  start(): void {
    this.#sink.onFailure((reason) => {
      if (this.#state === 'open' || this.#state === 'opening') this.#fail(reason);
    });
  }

  /** Once nothing is to sound any more: lets the fade be rendered, closes the card and resolves when it is closed. */
  async fadeAndStop(): Promise<void> {
    await this.#work;
    if (this.#state === 'open') await sleep(this.#clock, FADE_WITHIN_MS);
    this.close();
    await this.#work;
  }

  /** The rendering of the open card; undefined while it is closed. */
  get renderer(): Renderer | undefined {
    return this.#renderer;
  }

  /** Whether the card was wanted and could not be had. */
  get failing(): boolean {
    return this.#failures > 0 && this.#state !== 'open';
  }

  /** Opens the card, unless it is open or was tried just now. The amplifier is switched on only for what is to be heard. */
  open(options: { toBeHeard: boolean }): void {
    if (options.toBeHeard && this.#state !== 'closing') this.#amplify(true);
    if (this.#state !== 'closed' || this.#clock.monotonicMs() < this.#retryAtMs) return;
    this.#state = 'opening';
    this.#work = this.#open();
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#work = this.#close();
  }

  /** To be called twice a second. */
  look(): void {
    const renderer = this.#renderer;
    if (this.#state !== 'open' || !renderer) return;
    if (renderer.blocks === this.#blocksSeen) {
      if (++this.#hungLooks >= LOOKS_TO_HUNG) this.#fail(new Error('the sound card takes no more samples'));
      return;
    }
    this.#blocksSeen = renderer.blocks;
    this.#hungLooks = 0;
    if (++this.#goodLooks === LOOKS_TO_RECOVERED) this.#failures = 0;
  }

  async #open(): Promise<void> {
    const renderer = new Renderer({
      clock: this.#clock,
      time: this.#time,
      sources: this.#sources,
      taps: this.#taps,
      rememberedPpm: this.#rememberedPpm,
    });
    this.#renderer = renderer;
    this.#blocksSeen = 0;
    this.#hungLooks = 0;
    this.#goodLooks = 0;
    try {
      await withinTime(this.#clock, OPEN_WITHIN_MS, this.#sink.open(renderer.render));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    // It may have failed between its opening and here.
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#log.info({ event: 'card-opened' });
    this.#changed();
  }

  async #close(): Promise<void> {
    const renderer = this.#renderer;
    try {
      await withinTime(this.#clock, OPEN_WITHIN_MS, this.#sink.close());
      renderer?.drained();
    } catch (error) {
      this.#log.warn({ event: 'card-close-failed', err: error });
    }
    this.#forget(renderer);
    this.#log.info({ event: 'card-closed', ppm: this.#rememberedPpm });
    this.#changed();
  }

  #fail(reason: Error): void {
    const renderer = this.#renderer;
    renderer?.settle();
    this.#forget(renderer);
    this.#state = 'closing';
    this.#failures++;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1)) * (0.75 + this.#random() / 2);
    this.#retryAtMs = this.#clock.monotonicMs() + delayMs;
    this.#log.error({ event: 'card-failed', failures: this.#failures, retryInMs: Math.round(delayMs), err: reason });
    // One alarm an outage: a card that is gone for a week is one message, not twenty thousand.
    if (this.#failures === 1) this.#events.alarm({ code: 'sound-card', evidence: { reason: reason.message.slice(0, 200) } });
    this.#work = this.#release();
    this.#changed();
  }

  /** After a failure the driver is told to let go, so that the card can be opened anew. */
  async #release(): Promise<void> {
    try {
      await withinTime(this.#clock, OPEN_WITHIN_MS, this.#sink.close());
    } catch (error) {
      this.#log.warn({ event: 'card-close-failed', err: error });
    }
    this.#state = 'closed';
  }

  #amplify(on: boolean): void {
    if (this.#amplified === on) return;
    this.#amplified = on;
    this.#amplifier.switch(on);
  }

  #forget(renderer: Renderer | undefined): void {
    this.#rememberedPpm = renderer?.ppm ?? this.#rememberedPpm;
    this.#renderer = undefined;
    this.#amplify(false);
    if (this.#state === 'closing') this.#state = 'closed';
  }
}

async function withinTime(clock: Clock, withinMs: number, work: Promise<void>): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(withinMs, () => reject(new Error('the sound card does not answer')));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer?.cancel();
  }
}
