import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** What one cluster's speakers would have sounded, placed on the machine's true time (`TL_SINK=file`). */
export class Capture {
  readonly rate = 48_000;
  readonly #samples: Int16Array;
  readonly #blocks: readonly { frame: number; trueMs: number }[];

  private constructor(samples: Int16Array, blocks: readonly { frame: number; trueMs: number }[]) {
    this.#samples = samples;
    this.#blocks = blocks;
  }

  /** Reads `<folder>/<cluster>.wav` and `.jsonl`; the file may still be growing. */
  static read(folder: string, cluster: string): Capture {
    const file = openSync(`${folder}/${cluster}.wav`, 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - 44));
      readSync(file, bytes, 0, bytes.length, 44);
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
      const lines = readFileSync(`${folder}/${cluster}.jsonl`, 'utf8').split('\n');
      // The last line of a growing file may be cut.
      lines.pop();
      return new Capture(
        samples,
        lines.map((line) => JSON.parse(line) as { frame: number; trueMs: number }),
      );
    } finally {
      closeSync(file);
    }
  }

  /** Samples (−1…1) at the true instants `fromMs + k/48000 s`, by cubic interpolation between the card's own frames; NaN where the card was closed. */
  at(fromMs: number, count: number): Float64Array {
    const found = new Float64Array(count);
    let block = 0;
    for (let k = 0; k < count; k++) {
      const trueMs = fromMs + (k * 1000) / this.rate;
      while (block + 1 < this.#blocks.length && (this.#blocks[block + 1]?.trueMs ?? Infinity) <= trueMs) block++;
      found[k] = this.#sampleAt(block, trueMs);
    }
    return found;
  }

  #sampleAt(block: number, trueMs: number): number {
    const from = this.#blocks[block];
    const to = this.#blocks[block + 1];
    if (!from || !to || trueMs < from.trueMs || trueMs > to.trueMs) return Number.NaN;
    const frames = to.frame - from.frame;
    // Blocks on both sides of a closed card are far apart in time and not in frames.
    if (to.trueMs - from.trueMs > (frames / this.rate) * 1000 * 1.5 + 1) return Number.NaN;
    const frame = from.frame + (frames * (trueMs - from.trueMs)) / (to.trueMs - from.trueMs);
    return this.#cubic(frame);
  }

  #cubic(frame: number): number {
    const whole = Math.floor(frame);
    const t = frame - whole;
    const at = (index: number) => (this.#samples[index] ?? 0) / 32_768;
    const [a, b, c, d] = [at(whole - 1), at(whole), at(whole + 1), at(whole + 2)];
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }
}

/** Decodes any audio to mono samples at 48 kHz with ffmpeg: what should have sounded. */
export function decode(file: string): Float32Array {
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-ac', '1', '-ar', '48000', '-f', 'f32le', '-'], {
    maxBuffer: 1_000_000_000,
    timeout: 60_000,
  });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

export interface Comparison {
  /** How much later than planned the recording sounds, ms; by the peak of the cross-correlation, between samples too. */
  offsetMs: number;
  /** Level of the capture relative to the recording. */
  gain: number;
  /** Energy of what is not the recording, dB below the recording as it sounded, after removing offset and gain. */
  residualDb: number;
}

/** The search for the offset goes this far to either side. */
const SEARCH_MS = 30;

/** Holds a capture against the recording that was to sound from `plannedAtMs`, over `fromMs…fromMs+lengthMs` of it. */
export function compare(
  capture: Capture,
  recording: Float32Array,
  plannedAtMs: number,
  window: { fromMs: number; lengthMs: number },
): Comparison {
  const { rate } = capture;
  const first = Math.round((window.fromMs * rate) / 1000);
  const length = Math.min(Math.round((window.lengthMs * rate) / 1000), recording.length - first);
  const margin = Math.round((SEARCH_MS * rate) / 1000);
  const heard = capture
    .at(plannedAtMs + ((first - margin) * 1000) / rate, length + 2 * margin)
    .map((value) => (Number.isNaN(value) ? 0 : value));
  const correlation = (lag: number): number => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += (recording[first + k] ?? 0) * (heard[margin + lag + k] ?? 0);
    return sum;
  };
  let best = 0;
  let bestValue = -Infinity;
  for (let lag = -margin; lag <= margin; lag++) {
    const value = correlation(lag);
    if (value > bestValue) [best, bestValue] = [lag, value];
  }
  const [before, after] = [correlation(best - 1), correlation(best + 1)];
  const curvature = before - 2 * bestValue + after;
  const fraction = curvature === 0 ? 0 : (0.5 * (before - after)) / curvature;
  const offsetMs = ((best + fraction) * 1000) / rate;
  const aligned = capture.at(plannedAtMs + offsetMs + (first * 1000) / rate, length).map((value) => (Number.isNaN(value) ? 0 : value));
  let [cross, energy] = [0, 0];
  for (let k = 0; k < length; k++) {
    const sample = recording[first + k] ?? 0;
    cross += sample * (aligned[k] ?? 0);
    energy += sample * sample;
  }
  const gain = energy === 0 ? 0 : cross / energy;
  let residual = 0;
  for (let k = 0; k < length; k++) residual += ((aligned[k] ?? 0) - gain * (recording[first + k] ?? 0)) ** 2;
  return { offsetMs, gain, residualDb: 10 * Math.log10(residual / (gain * gain * energy || Number.MIN_VALUE)) };
}
