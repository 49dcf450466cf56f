import { Encoder } from '@evan/opus';
import { encodeMonitorFrame, MONITOR_FRAME_MS } from '@tieng-lang/shared/contract/monitor';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { OutputTap } from '../player/contract.ts';
import type { Uplink } from './uplink.ts';

const FRAME_SAMPLES = (48_000 * MONITOR_FRAME_MS) / 1000;

/** Speech and a tune for somebody who checks that it plays; 4 kB a second of the SIM's plan. */
const BITRATE = 32_000;

/** A Pi 3 encodes this in a twentieth of real time. */
const COMPLEXITY = 4;

/** Nobody listens longer without asking again; a lost "end" must not use up the SIM. */
const LONGEST_MS = 600_000;

export interface MonitorOptions {
  uplink: Uplink;
  clock: Clock;
  log: Logger;
  /** Server time; undefined while it is unknown. */
  nowMs: () => number | undefined;
  /** Adds a listener to the player's output; returns the call that removes it. */
  tap: (tap: OutputTap) => () => void;
}

/** Sends what the speakers sound to whoever listens at the console. Frames that the link cannot take are dropped. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #block = new Int16Array(FRAME_SAMPLES);
  #encoder: Encoder | undefined;
  #filled = 0;
  #number = 0;
  #blockAtMs = 0;
  #untilMonotonicMs = 0;
  #untap: (() => void) | undefined;
  #end: Timer | undefined;
  #dropped = 0;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  get listening(): boolean {
    return this.#untap !== undefined;
  }

  /** Sends until this server time; a second order prolongs the first. */
  listen(untilMs: number): void {
    const { clock, tap } = this.#options;
    const nowMs = this.#options.nowMs();
    if (nowMs === undefined || untilMs <= nowMs) return;
    const untilMonotonicMs = clock.monotonicMs() + Math.min(untilMs - nowMs, LONGEST_MS);
    if (untilMonotonicMs <= this.#untilMonotonicMs && this.#untap) return;
    this.#untilMonotonicMs = untilMonotonicMs;
    this.#end?.cancel();
    this.#end = clock.after(untilMonotonicMs - clock.monotonicMs(), () => this.stop());
    this.#untap ??= tap((block, firstFrameAtMs) => this.#take(block, firstFrameAtMs));
  }

  stop(): void {
    this.#end?.cancel();
    this.#end = undefined;
    this.#untap?.();
    this.#untap = undefined;
    this.#filled = 0;
    this.#encoder = undefined;
    if (this.#dropped > 0) this.#options.log.info({ event: 'monitor-frames-dropped', count: this.#dropped });
    this.#dropped = 0;
  }

  #take(block: Float32Array, firstFrameAtMs: number): void {
    if (!this.#options.uplink.connected) return;
    for (let index = 0; index < block.length; index++) {
      if (this.#filled === 0) this.#blockAtMs = firstFrameAtMs + index / 48;
      this.#block[this.#filled++] = Math.round(Math.max(-1, Math.min(1, block[index] ?? 0)) * 32_767);
      if (this.#filled === FRAME_SAMPLES) this.#send();
    }
  }

  #send(): void {
    this.#filled = 0;
    if (!this.#encoder) {
      this.#encoder = new Encoder({ channels: 1, sample_rate: 48000, application: 'audio' });
      this.#encoder.bitrate = BITRATE;
      this.#encoder.complexity = COMPLEXITY;
    }
    const packet = this.#encoder.encode(this.#block);
    const frame = encodeMonitorFrame({ number: this.#number++, packet }, this.#blockAtMs);
    this.#options.uplink.publish('monitor', frame, { qos: 0 }).catch(() => {
      this.#dropped += 1;
    });
  }
}
