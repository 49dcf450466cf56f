/**
 * Holds the sound card for an agent, in a process of its own: neither a busy agent nor a hanging driver stops the other.
 * Told what to do over IPC, and gone as soon as the agent is.
 */

import type { Timer } from '@tieng-lang/shared/time/clock';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import type { FromAlsa, ToAlsa } from './alsa-messages.ts';
import { AlsaDevice, RATE } from './libasound.ts';
import { machineMonotonicMs } from './machine-time.ts';

const FRAMES_PER_MS = RATE / 1000;

/** The card is looked at twice a period of 20 ms, so that room for one is seen in time. */
const LOOK_MS = 10;

/** Blocks in a card that is just started: sound after 60 ms, and time to fill the rest. */
const FIRST_BLOCKS = 3;
const BLOCKS_A_WISH = 2;

const clock = new SystemClock();
const tell = (message: FromAlsa): void => {
  // What an agent that is just going does not hear any more is no error: "disconnect" follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

/** One opening of the card. */
class Playing {
  readonly #device: AlsaDevice;
  readonly #closed: () => void;
  #timer: Timer | undefined;
  #written = 0;
  #dryAtMachineMs: number | null = null;
  /** Number of the newest wish, and how many of its blocks are still to come. */
  #wish = 0;
  #wished = 0;
  /** Frames that the card would take, at the last report. */
  #avail: number;
  #started = false;
  #closing = false;
  #closeByMs = 0;
  #position: { frame: number; atMachineMs: number } | undefined;

  constructor(device: AlsaDevice, closed: () => void) {
    this.#device = device;
    this.#closed = closed;
    this.#avail = device.bufferFrames;
  }

  start(): void {
    this.#timer = clock.every(LOOK_MS, () => this.#guard(() => this.#look()));
    this.#look();
  }

  /** Lets what was written sound, then closes. */
  finish(): void {
    this.#closing = true;
    this.#closeByMs = clock.monotonicMs() + this.#device.bufferFrames / FRAMES_PER_MS + 100;
  }

  take(wish: number, samples: Int16Array): void {
    this.#guard(() => {
      if (wish !== this.#wish || this.#wished === 0) return;
      this.#wished--;
      this.#write(samples);
      if (this.#wished > 0 || this.#started) return;
      this.#device.start();
      this.#started = true;
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#device.close();
    this.#closed();
  }

  #guard(run: () => void): void {
    if (!this.#timer && this.#started) return;
    try {
      run();
    } catch (error) {
      tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
      this.close();
    }
  }

  #look(): void {
    if (this.#started) this.#report();
    const drained = !this.#started || !this.#position || this.#position.frame >= this.#written;
    if (this.#closing && (drained || clock.monotonicMs() > this.#closeByMs)) {
      this.close();
      tell({ kind: 'closed' });
      return;
    }
    if (this.#closing || this.#wished > 0) return;
    const room = Math.floor(this.#avail / this.#device.periodFrames);
    const blocks = Math.min(room, this.#started ? BLOCKS_A_WISH : FIRST_BLOCKS);
    if (blocks < 1) return;
    this.#wish++;
    this.#wished = blocks;
    const position = this.#started && this.#position ? this.#position : null;
    tell({ kind: 'want', wish: this.#wish, blocks, firstFrame: this.#written, dryAtMachineMs: this.#dryAtMachineMs, position });
    this.#dryAtMachineMs = null;
  }

  /** Asks the card where it is; the instant is the middle of the question. */
  #report(): void {
    const beforeMs = machineMonotonicMs();
    const room = this.#device.room();
    const atMachineMs = (beforeMs + machineMonotonicMs()) / 2;
    if (!room) {
      this.#ranDry(atMachineMs);
      return;
    }
    this.#position = { frame: this.#written - room.delay, atMachineMs };
    // A device that is not paced (ALSA's "null") has more room than it has buffer.
    this.#avail = Math.min(room.avail, this.#device.bufferFrames);
  }

  /** The silence so far is counted in frames; what follows until the next block only moves the card's clock. */
  #ranDry(atMachineMs: number): void {
    const last = this.#position;
    const dryAtMs = last ? last.atMachineMs + (this.#written - last.frame) / FRAMES_PER_MS : atMachineMs;
    this.#written += Math.max(1, Math.round((atMachineMs - dryAtMs) * FRAMES_PER_MS));
    this.#dryAtMachineMs ??= dryAtMs;
    this.#position = undefined;
    this.#started = false;
    // Blocks that are on their way were rendered for frames that are gone by now.
    this.#wished = 0;
    this.#avail = this.#device.bufferFrames;
    this.#device.recover();
  }

  #write(mono: Int16Array): void {
    const samples = this.#device.channels === 1 ? mono : doubled(mono);
    const taken = this.#device.write(samples);
    if (taken === undefined) {
      this.#ranDry(machineMonotonicMs());
      return;
    }
    // Room was asked for before. A card that takes less has lied about it; only what it took will sound.
    this.#written += taken;
  }
}

function doubled(mono: Int16Array): Int16Array {
  const both = new Int16Array(mono.length * 2);
  for (let i = 0; i < mono.length; i++) {
    both[2 * i] = mono[i] as number;
    both[2 * i + 1] = mono[i] as number;
  }
  return both;
}

let playing: Playing | undefined;

function open(message: Extract<ToAlsa, { kind: 'open' }>): void {
  try {
    const device = AlsaDevice.open(message);
    const { channels, periodFrames, bufferFrames } = device;
    playing = new Playing(device, () => {
      playing = undefined;
    });
    tell({ kind: 'opened', channels, periodFrames, bufferFrames });
    playing.start();
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (message: ToAlsa) => {
  if (message.kind === 'open') open(message);
  else if (message.kind === 'block') playing?.take(message.wish, message.samples);
  else if (playing) playing.finish();
  else tell({ kind: 'closed' });
});

// The agent is gone: so is its sound. Nothing is closed by hand, for a driver that hangs would keep this process; the
// system takes the card back.
process.on('disconnect', () => process.exit(0));
// A signal to the whole group is meant for the agent, which answers it with a fade.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
