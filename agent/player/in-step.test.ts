import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { describe, expect, test } from 'vitest';
import { CardClock } from './card-clock.ts';
import { Servo } from './servo.ts';
import { ppmOfCluster, SimulatedCard } from './simulated-card.ts';

const NOMINAL = 48;
const HOUR_MS = 3_600_000;

/** A card with the clock and the servo that follow it; says how far the sound truly is from the timeline. */
class Following {
  readonly card: SimulatedCard;
  readonly cardClock: CardClock;
  readonly errorsMs: number[] = [];
  readonly #servo = new Servo();
  readonly #placed = new Map<number, number>();
  #sounding = false;
  largestSlewPpm = 0;

  constructor(options: { clock: ManualClock; ppm: number; seed: number; rememberedPpm?: number }) {
    this.cardClock = new CardClock({ rememberedPpm: options.rememberedPpm });
    let frame = 0;
    this.card = new SimulatedCard({
      clock: options.clock,
      ppm: options.ppm,
      seed: options.seed,
      listener: {
        opened: () => {
          frame = 0;
        },
        left: (block, trueMs) => {
          const placedMs = this.#placed.get(frame);
          this.#placed.delete(frame);
          frame += block.length;
          if (placedMs !== undefined) this.errorsMs.push(trueMs - placedMs);
        },
        closed: () => Promise.resolve(),
      },
    });
  }

  /** From now on what is rendered counts, and is placed without jumps. */
  sound(): void {
    this.#sounding = true;
  }

  async open(): Promise<void> {
    const silence = new Float32Array(960);
    await this.card.open(({ position, firstFrame, frames, lostFrames }) => {
      if (lostFrames > 0) {
        this.cardClock.resync();
        this.#servo.reset();
      }
      if (position) this.cardClock.observe(position);
      const wantedMs = this.cardClock.monotonicAt(firstFrame);
      if (wantedMs === undefined) return silence;
      const msPerFrame = 1 / this.cardClock.framesPerMs;
      const step = this.#servo.step({ wantedMs, msPerFrame, frames, sounding: this.#sounding });
      if (this.#sounding) {
        this.#placed.set(firstFrame, step.fromMs);
        this.largestSlewPpm = Math.max(this.largestSlewPpm, Math.abs(step.msPerFrame / msPerFrame - 1) * 1e6);
      }
      return silence;
    });
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

describe('an hour of sound on cards that are off by up to 100 ppm', () => {
  test('fifteen clusters start within a millisecond and stay within 0.2 ms of one another', async () => {
    const clock = new ManualClock(0);
    const clusters = Array.from({ length: 15 }, (_, i) => new Following({ clock, ppm: -100 + (i * 200) / 14, seed: 1000 + i }));
    for (const cluster of clusters) await cluster.open();
    clock.advance(4000);
    for (const cluster of clusters) cluster.sound();
    clock.advance(HOUR_MS);
    for (const cluster of clusters) {
      expect(Math.abs(cluster.errorsMs[0] ?? 9)).toBeLessThan(1);
      expect(percentile(cluster.errorsMs.map(Math.abs), 0.99)).toBeLessThan(0.1);
      expect(cluster.largestSlewPpm).toBeLessThanOrEqual(300.001);
    }
    const blocks = Math.min(...clusters.map(({ errorsMs }) => errorsMs.length));
    const spreads = Array.from({ length: blocks }, (_, i) => {
      const at = clusters.map(({ errorsMs }) => errorsMs[i] ?? Number.NaN);
      return Math.max(...at) - Math.min(...at);
    });
    expect(blocks).toBeGreaterThan(179_000);
    expect(percentile(spreads, 0.99)).toBeLessThan(0.2);
  });
});

describe('the clock of a card', () => {
  test('knows a card that it has heard before from its first second', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const clock = new ManualClock(0);
      const cluster = new Following({ clock, ppm: 83, seed, rememberedPpm: 82 });
      await cluster.open();
      clock.advance(1000);
      cluster.sound();
      clock.advance(2000);
      expect(Math.max(...cluster.errorsMs.map(Math.abs))).toBeLessThan(0.25);
    }
  });

  test('is not led astray by single wild reports', () => {
    const cardClock = new CardClock();
    for (let i = 0; i < 500; i++) {
      const wild = i % 25 === 24 ? 5000 : 0;
      cardClock.observe({ frame: i * 960 + wild, monotonicMs: i * 20 });
    }
    expect(Math.abs((cardClock.frameAt(10_000) ?? 0) - 480_000)).toBeLessThan(2);
  });

  test('follows a card that has jumped within a second', () => {
    const cardClock = new CardClock();
    for (let i = 0; i < 500; i++) cardClock.observe({ frame: i * 960, monotonicMs: i * 20 });
    for (let i = 500; i < 550; i++) cardClock.observe({ frame: i * 960 + 4800, monotonicMs: i * 20 });
    expect(Math.abs((cardClock.frameAt(11_000) ?? 0) - 550 * 960 - 4800)).toBeLessThan(5);
  });

  test('follows a crystal that warms up by 10 ppm in ten minutes', async () => {
    const clock = new ManualClock(0);
    const cluster = new Following({ clock, ppm: 20, seed: 4 });
    await cluster.open();
    clock.advance(10_000);
    cluster.sound();
    for (let second = 0; second < 600; second++) {
      cluster.card.setPpm(20 + second / 60);
      clock.advance(1000);
    }
    expect(percentile(cluster.errorsMs.map(Math.abs), 0.99)).toBeLessThan(0.1);
  });
});

describe('the servo', () => {
  test('places silence exactly, wears small errors off without a jump, and jumps over large ones', () => {
    const servo = new Servo();
    const block = { msPerFrame: 1 / NOMINAL, frames: 960 };
    expect(servo.step({ ...block, wantedMs: 100, sounding: false }).fromMs).toBe(100);
    expect(servo.step({ ...block, wantedMs: 123, sounding: false }).fromMs).toBe(123);
    let last = servo.step({ ...block, wantedMs: 144, sounding: true });
    expect(last.fromMs).toBe(143);
    expect(last.reseated).toBe(false);
    for (let i = 1; i < 2000; i++) last = servo.step({ ...block, wantedMs: 144 + i * 20, sounding: true });
    expect(Math.abs(last.skewMs)).toBeLessThan(0.02);
    const jumped = servo.step({ ...block, wantedMs: 144 + 2000 * 20 + 7, sounding: true });
    expect(jumped).toMatchObject({ reseated: true, skewMs: 0 });
  });
});

test('the simulated cards of a commune are all different and all within 100 ppm', () => {
  const codes = Array.from({ length: 100 }, (_, i) => `HD-${String(i + 1).padStart(2, '0')}`);
  const errors = codes.map(ppmOfCluster);
  expect(new Set(errors).size).toBe(100);
  expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(100);
  expect(Math.max(...errors) - Math.min(...errors)).toBeGreaterThan(150);
});
