import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { FromAlsa, ToAlsa } from './alsa-messages.ts';
import { machineMonotonicMs } from './machine-time.ts';
import type { CardPosition, Render, Sink } from './sink.ts';

/** A hanging driver cannot be asked to let go: its process is ended. Longer than the card's buffer takes to sound. */
const CLOSE_WITHIN_MS = 2000;

/** 20 ms and 300 ms, as the simulated card has them. */
const PERIOD_FRAMES = 960;
const BUFFER_FRAMES = 14_400;

interface Waiting {
  resolve: () => void;
  reject: (reason: Error) => void;
}

/**
 * A sound card through libasound. The card is held by a child process that is started with the first opening and stays;
 * it never keeps the agent from ending.
 */
export class AlsaSink implements Sink {
  readonly rate = 48000;
  readonly #device: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onFailure = new Set<(reason: Error) => void>();
  #bufferFrames = BUFFER_FRAMES;
  #periodFrames = PERIOD_FRAMES;
  #child: ChildProcess | undefined;
  #render: Render | undefined;
  #opening: Waiting | undefined;
  #closing: Waiting | undefined;
  /** `Clock.monotonicMs` of this process at machine time 0. */
  #originMs = 0;

  constructor(options: { device: string; clock: Clock; log: Logger }) {
    this.#device = options.device;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  get bufferFrames(): number {
    return this.#bufferFrames;
  }

  onFailure(handler: (reason: Error) => void): void {
    this.#onFailure.add(handler);
  }

  open(render: Render): Promise<void> {
    if (this.#render || this.#opening) return Promise.reject(new Error('the sound card is busy'));
    this.#originMs = this.#clock.monotonicMs() - machineMonotonicMs();
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#render = render;
      const child = this.#child ?? this.#start();
      child.ref();
      child.channel?.ref();
      this.#tell({ kind: 'open', device: this.#device, periodFrames: PERIOD_FRAMES, bufferFrames: BUFFER_FRAMES });
    });
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (!child || !this.#render) return;
    const late = this.#clock.after(CLOSE_WITHIN_MS, () => {
      this.#log.error({ event: 'alsa-hangs' });
      child.kill('SIGKILL');
    });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#closing = { resolve, reject };
        this.#tell({ kind: 'close' });
      });
    } finally {
      late.cancel();
      this.#closing = undefined;
    }
  }

  #start(): ChildProcess {
    const child = fork(alsaEntry(), [], { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    child.on('message', (message) => this.#hear(message as FromAlsa));
    child.on('error', (error) => this.#gone(child, error));
    child.on('exit', (code, signal) => this.#gone(child, new Error(`the sound card's process ended (${signal ?? code})`)));
    return child;
  }

  #hear(message: FromAlsa): void {
    if (message.kind === 'want') this.#supply(message);
    else if (message.kind === 'opened') {
      this.#bufferFrames = message.bufferFrames;
      this.#periodFrames = message.periodFrames;
      this.#log.info({ event: 'alsa-opened', device: this.#device, channels: message.channels, bufferFrames: message.bufferFrames });
      this.#opening?.resolve();
      this.#opening = undefined;
    } else this.#ended(message.kind === 'failed' ? new Error(message.reason) : undefined);
  }

  #supply(want: Extract<FromAlsa, { kind: 'want' }>): void {
    const render = this.#render;
    if (!render) return;
    const { position } = want;
    const known: CardPosition | undefined = position
      ? { frame: position.frame, monotonicMs: position.atMachineMs + this.#originMs }
      : undefined;
    const dryMs = want.dryAtMachineMs === null ? 0 : machineMonotonicMs() - want.dryAtMachineMs;
    const lostFrames = want.dryAtMachineMs === null ? 0 : Math.max(1, Math.round((dryMs * this.rate) / 1000));
    for (let block = 0; block < want.blocks; block++) {
      const rendered = render({
        firstFrame: want.firstFrame + block * this.#periodFrames,
        frames: this.#periodFrames,
        position: known,
        lostFrames: block === 0 ? lostFrames : 0,
      });
      this.#tell({ kind: 'block', wish: want.wish, samples: asIntegers(rendered) });
    }
  }

  /** The card is closed, by wish or by failure. */
  #ended(failure: Error | undefined): void {
    const { opening, closing } = { opening: this.#opening, closing: this.#closing };
    const wasOpen = this.#render !== undefined;
    this.#opening = undefined;
    this.#render = undefined;
    // A card that is closed keeps no process alive.
    this.#child?.unref();
    this.#child?.channel?.unref();
    if (opening) opening.reject(failure ?? new Error('the sound card was closed'));
    else if (closing) closing.resolve();
    else if (wasOpen && failure) for (const handler of this.#onFailure) handler(failure);
  }

  #gone(child: ChildProcess, reason: Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#ended(reason);
  }

  #tell(message: ToAlsa): void {
    this.#child?.send(message, (error) => {
      if (error) this.#log.warn({ event: 'alsa-unreachable', err: error });
    });
  }
}

/** Compiled code has it beside itself; from the sources (the tests) it is the compiled one all the same: Node 20 runs no TypeScript. */
export function alsaEntry(): string {
  const beside = fileURLToPath(new URL('alsa-process.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../dist/player/alsa-process.js', import.meta.url));
}

function asIntegers(block: Float32Array): Int16Array {
  const samples = new Int16Array(block.length);
  for (let i = 0; i < block.length; i++) samples[i] = Math.max(-32768, Math.min(32767, Math.round((block[i] as number) * 32768)));
  return samples;
}
