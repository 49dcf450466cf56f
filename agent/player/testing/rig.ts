import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClockReport } from '@tieng-lang/shared/contract/basics';
import type { Alarm, Receipt } from '@tieng-lang/shared/contract/journal';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { Playing } from '@tieng-lang/shared/contract/state';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import pino from 'pino';
import { onTestFinished } from 'vitest';
import type { LedgerEntry, Player, PlayLedger, SyncedTime } from '../contract.ts';
import { openOpusSource, type PcmSource } from '../pcm-source.ts';
import { createPlayer } from '../player.ts';
import { resample, TAPS_AFTER, TAPS_BEFORE } from '../resampler.ts';
import { type CardListener, SimulatedCard } from '../simulated-card.ts';

const run = promisify(execFile);
export const FRAMES_PER_MS = 48;

/** A Monday, 05:29:00 in Vietnam. */
export const START_MS = Date.parse('2026-11-23T05:29:00+07:00');

/** Makes an Ogg Opus file as the commune's server does: mono, 48 kHz, 48 kbit/s, from a lavfi source of ffmpeg. */
export async function makeOpus(path: string, lavfi: string): Promise<void> {
  const args = ['-f', 'lavfi', '-i', lavfi, '-ac', '1', '-ar', '48000', '-c:a', 'libopus', '-b:a', '48k', path];
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
}

/** The recording as ffmpeg decodes it. */
export async function decodeWithFfmpeg(path: string): Promise<Float32Array> {
  const { stdout } = await run(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-c:a', 'libopus', '-i', path, '-f', 'f32le', '-ac', '1', '-ar', '48000', '-'],
    {
      encoding: 'buffer',
      maxBuffer: 1 << 30,
    },
  );
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}

/** The clock of one cluster's process: it can be killed, or held up as by a blocked event loop. */
class ProcessClock implements Clock {
  readonly #clock: Clock;
  state: 'running' | 'stalled' | 'killed' = 'running';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, () => {
      if (this.state === 'running') run();
      else if (this.state === 'stalled') this.after(20, run);
    });
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#clock.every(periodMs, () => {
      if (this.state === 'running') run();
    });
  }
}

/** Server time that the test sets: an offset to the clock, and whether it is known. */
export class TestTime implements SyncedTime {
  status: ClockReport['status'] = 'synced';
  offsetMs: number;

  constructor(offsetMs: number) {
    this.offsetMs = offsetMs;
  }

  report(): ClockReport {
    return { status: this.status, offsetMs: 0, uncertaintyMs: this.status === 'unknown' ? null : 0.1 };
  }

  at(monotonicMs: number): number {
    return monotonicMs + this.offsetMs;
  }

  monotonicAt(serverMs: number): number {
    return serverMs - this.offsetMs;
  }
}

/** A ledger that keeps what it holds as long as the test keeps it: across restarts of the player. */
export class MemoryLedger implements PlayLedger {
  readonly entries = new Map<string, LedgerEntry>();
  readonly receipts: Receipt[] = [];

  lookup(broadcastId: string, itemIndex: number): LedgerEntry | undefined {
    return this.entries.get(`${broadcastId}/${itemIndex}`);
  }

  begin(broadcastId: string, itemIndex: number, startedAtMs: number): void {
    if (this.lookup(broadcastId, itemIndex)) throw new Error('begun twice');
    this.entries.set(`${broadcastId}/${itemIndex}`, { state: 'begun', startedAtMs, heardMs: 0 });
  }

  progress(broadcastId: string, itemIndex: number, heardMs: number): void {
    const entry = this.lookup(broadcastId, itemIndex);
    if (entry?.state !== 'begun') throw new Error('progress of what was not begun');
    entry.heardMs = heardMs;
  }

  finish(receipt: Receipt): void {
    const key = `${receipt.broadcastId}/${receipt.itemIndex}`;
    if (this.entries.get(key)?.state === 'done') throw new Error('finished twice');
    this.entries.set(key, { state: 'done', startedAtMs: receipt.startedAtMs, heardMs: receipt.heardMs });
    this.receipts.push(receipt);
  }

  receipt(broadcastId: string, itemIndex = 0): Receipt {
    const found = this.receipts.filter((receipt) => receipt.broadcastId === broadcastId && receipt.itemIndex === itemIndex);
    if (found.length !== 1) throw new Error(`${found.length} receipts for ${broadcastId}/${itemIndex}`);
    return found[0] as Receipt;
  }
}

/** What left a card, block by block, with the true instants. */
export class Heard implements CardListener {
  readonly blocks: { samples: Float32Array; trueMs: number }[] = [];
  openings = 0;

  opened(): void {
    this.openings++;
  }

  left(block: Float32Array, trueMs: number): void {
    this.blocks.push({ samples: block.slice(), trueMs });
  }

  closed(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * The sound between two true instants as samples at exactly 48 kHz, by the true instant of every block; silence where
   * the card was closed.
   */
  between(fromMs: number, untilMs: number): Float32Array {
    const out = new Float32Array(Math.round((untilMs - fromMs) * FRAMES_PER_MS));
    for (let first = 0; first < this.blocks.length; ) {
      let last = first + 1;
      while (last < this.blocks.length && this.#follows(last)) last++;
      this.#copyRun(first, last, fromMs, out);
      first = last;
    }
    return out;
  }

  #follows(index: number): boolean {
    const before = this.blocks[index - 1];
    const block = this.blocks[index];
    if (!before || !block) return false;
    return Math.abs(block.trueMs - before.trueMs - before.samples.length / FRAMES_PER_MS) < 0.01;
  }

  #copyRun(first: number, last: number, fromMs: number, out: Float32Array): void {
    const run = this.blocks.slice(first, last);
    const begin = run[0];
    const end = run.at(-1);
    if (!begin || !end) return;
    const total = run.reduce((sum, block) => sum + block.samples.length, 0);
    const joined = new Float32Array(total + TAPS_BEFORE + TAPS_AFTER);
    let at = TAPS_BEFORE;
    for (const block of run) {
      joined.set(block.samples, at);
      at += block.samples.length;
    }
    // The rate of this stretch, from its first block to its last.
    const perMs = run.length > 1 ? (total - end.samples.length) / (end.trueMs - begin.trueMs) : FRAMES_PER_MS;
    const step = perMs / FRAMES_PER_MS;
    const offset = (begin.trueMs - fromMs) * FRAMES_PER_MS;
    const from = Math.max(0, Math.ceil(offset));
    const until = Math.min(out.length, Math.floor(offset + (total - 1) / step));
    if (until <= from) return;
    resample({ source: joined, position: TAPS_BEFORE + (from - offset) * step, step, into: out, at: from, count: until - from });
  }
}

export interface Fit {
  /** How late the sound is against what was expected, samples. */
  lateBy: number;
  gain: number;
  /** What is left when gain and lateness are taken out, dB below the signal. */
  residualDb: number;
}

/** The farthest that a lateness is looked for, samples: 2 ms. */
const FARTHEST = 96;
const MARGIN = FARTHEST + TAPS_BEFORE + TAPS_AFTER;

/** Finds gain and lateness (to a hundredth of a sample) of `wanted` in `heard`: by correlation, then by least squares. */
export function fit(heard: Float32Array, wanted: Float32Array): Fit {
  let lateBy = 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let lag = -FARTHEST; lag <= FARTHEST; lag++) {
    let sum = 0;
    for (let i = MARGIN; i < wanted.length - MARGIN; i += 3) sum += (heard[i] as number) * (wanted[i - lag] as number);
    if (sum > best) {
      best = sum;
      lateBy = lag;
    }
  }
  const shifted = new Float32Array(wanted.length);
  for (let turn = 0; ; turn++) {
    const count = wanted.length - 2 * MARGIN;
    resample({ source: wanted, position: MARGIN - lateBy, step: 1, into: shifted, at: MARGIN, count });
    const { gain, tilt, residualDb } = leastSquares(heard, shifted);
    if (turn === 4) return { lateBy, gain, residualDb };
    lateBy -= tilt / gain;
  }
}

/** `heard = gain · wanted + tilt · slope of wanted`, and what is left of `heard` beside it. */
function leastSquares(heard: Float32Array, wanted: Float32Array): { gain: number; tilt: number; residualDb: number } {
  let ww = 0;
  let dd = 0;
  let wd = 0;
  let hh = 0;
  let hw = 0;
  let hd = 0;
  for (let i = MARGIN + 1; i < wanted.length - MARGIN - 1; i++) {
    const w = wanted[i] as number;
    const d = ((wanted[i + 1] as number) - (wanted[i - 1] as number)) / 2;
    const h = heard[i] as number;
    ww += w * w;
    dd += d * d;
    wd += w * d;
    hh += h * h;
    hw += h * w;
    hd += h * d;
  }
  const determinant = ww * dd - wd * wd;
  const gain = (hw * dd - hd * wd) / determinant;
  const tilt = (hd * ww - hw * wd) / determinant;
  return { gain, tilt, residualDb: 10 * Math.log10(Math.max(1e-12, (hh - gain * hw - tilt * hd) / hh)) };
}

export interface Rig {
  player: Player;
  card: SimulatedCard;
  heard: Heard;
  ledger: MemoryLedger;
  time: TestTime;
  playing: (Playing | null)[];
  alarms: Alarm[];
  stages: string[];
  amplifier: boolean[];
  damaged: string[];
  /** Files by hash; what is not here is missing. */
  files: Map<string, string>;
  /** The process does nothing for a while; its card goes on. */
  stall(on: boolean): void;
  /** As by kill -9: nothing more is done, nothing closed. */
  kill(): void;
}

/** Clusters on one clock that moves when told, with real recordings and simulated cards. */
export class Commune {
  readonly clock = new ManualClock(START_MS);
  readonly #pending = new Set<Promise<unknown>>();

  /** `heard` and `ledger` of a cluster that was killed are given to the next, as its box would have them. */
  cluster(
    options: {
      ppm?: number;
      seed?: number;
      ledger?: MemoryLedger;
      files?: Map<string, string>;
      volume?: number;
      heard?: Heard;
      measureCardMs?: number;
    } = {},
  ): Rig {
    const heard = options.heard ?? new Heard();
    const clock = new ProcessClock(this.clock);
    const card = new SimulatedCard({ clock, ppm: options.ppm ?? 0, seed: options.seed ?? 1, listener: heard });
    const ledger = options.ledger ?? new MemoryLedger();
    const time = new TestTime(this.clock.nowMs() - this.clock.monotonicMs());
    const files = options.files ?? new Map<string, string>();
    const rig: Omit<Rig, 'player'> = {
      card,
      heard,
      ledger,
      time,
      files,
      playing: [],
      alarms: [],
      stages: [],
      amplifier: [],
      damaged: [],
      stall: (on) => {
        clock.state = on ? 'stalled' : 'running';
      },
      kill: () => {
        clock.state = 'killed';
      },
    };
    const player = createPlayer({
      clock,
      time,
      sink: card,
      ledger,
      media: { path: (sha256) => this.#track(Promise.resolve(files.get(sha256))), damaged: (sha256) => rig.damaged.push(sha256) },
      events: {
        playing: (now) => rig.playing.push(now),
        alarm: (alarm) => rig.alarms.push(alarm),
        occurrence: (broadcastId, stage) => rig.stages.push(`${broadcastId} ${stage}`),
      },
      amplifier: { switch: (on) => rig.amplifier.push(on) },
      log: pino({ level: 'silent' }),
      settings: { volume: options.volume ?? 100, delayMs: 0 },
      openSource: (path) => this.#track(this.#open(path)),
      random: () => 0.5,
      measureCardMs: options.measureCardMs ?? 0,
    });
    return Object.assign(rig, { player });
  }

  /** Moves time on in periods of the cards; between them everything that reads or decodes comes to its end. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.clock.monotonicMs() + byMs;
    while (this.clock.monotonicMs() < untilMs) {
      await this.#settle();
      this.clock.advance(Math.min(20, untilMs - this.clock.monotonicMs()));
    }
    await this.#settle();
  }

  advanceTo(atMs: number): Promise<void> {
    return this.advance(atMs - this.clock.nowMs());
  }

  /** Lets time pass while something that waits for it comes to its end. */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    void work.finally(() => {
      done = true;
    });
    while (!done) await this.advance(20);
    return await work;
  }

  async #settle(): Promise<void> {
    do {
      for (let turn = 0; turn < 6; turn++) await Promise.resolve();
      await Promise.all(this.#pending);
    } while (this.#pending.size > 0);
    for (let turn = 0; turn < 6; turn++) await Promise.resolve();
  }

  async #open(path: string): Promise<PcmSource> {
    const source = await openOpusSource(path);
    // A player that is killed closes nothing; the system does.
    onTestFinished(() => source.close());
    return {
      frames: source.frames,
      read: (from, count, into) => source.read(from, count, into),
      prefetch: (frame) => this.#track(source.prefetch(frame)),
      close: () => this.#track(source.close()),
    };
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.add(settled);
    void settled.then(() => this.#pending.delete(settled));
    return work;
  }
}

export const SPEECH = 'a'.repeat(64);
export const TUNE = 'b'.repeat(64);
export const SPEECH_MS = 12_000;
export const TUNE_MS = 4000;

export interface Recordings {
  files: Map<string, string>;
  speech: Float32Array;
  tune: Float32Array;
}

/** Noise in the band of a horn speaker, louder and quieter like speech; and a tune that glides. */
export async function makeRecordings(folder: string): Promise<Recordings> {
  const speech = join(folder, 'speech.opus');
  const tune = join(folder, 'tune.opus');
  await makeOpus(speech, `anoisesrc=r=48000:d=${SPEECH_MS / 1000}:c=pink:a=0.5:seed=7,lowpass=f=6000,tremolo=f=3:d=0.8`);
  await makeOpus(tune, `aevalsrc='0.4*sin(2*PI*(400*t+150*t*t))':s=48000:d=${TUNE_MS / 1000}`);
  const files = new Map([
    [SPEECH, speech],
    [TUNE, tune],
  ]);
  return { files, speech: await decodeWithFfmpeg(speech), tune: await decodeWithFfmpeg(tune) };
}

/** How what was heard compares with a part of a recording that was due to start at an instant. */
export function compare(rig: Rig, startAtMs: number, recording: Float32Array, fromMs: number, lengthMs: number): Fit {
  const wanted = recording.subarray(fromMs * FRAMES_PER_MS, (fromMs + lengthMs) * FRAMES_PER_MS);
  return fit(rig.heard.between(startAtMs + fromMs, startAtMs + fromMs + lengthMs), wanted);
}

/** Root mean square of what was heard between two instants. */
export function loudness(rig: Rig, fromMs: number, untilMs: number): number {
  const heard = rig.heard.between(fromMs, untilMs);
  return Math.sqrt(heard.reduce((sum, sample) => sum + sample * sample, 0) / heard.length);
}

/** An occurrence of one recording after the other, without gaps. */
export function occurrence(options: {
  id: string;
  startAtMs: number;
  items: readonly { sha256: string; durationMs: number }[];
  level?: PlanOccurrence['level'];
  volume?: number | null;
}): PlanOccurrence {
  let offsetMs = 0;
  const items = options.items.map(({ sha256, durationMs }, index) => {
    const item = { index, bulletinId: `bulletin-${index}`, title: `Mục ${index}`, sha256, offsetMs, durationMs };
    offsetMs += durationMs;
    return item;
  });
  return {
    broadcastId: options.id,
    title: `Buổi ${options.id}`,
    level: options.level ?? 'normal',
    startAtMs: options.startAtMs,
    endAtMs: options.startAtMs + offsetMs,
    volume: options.volume ?? null,
    items,
  };
}
