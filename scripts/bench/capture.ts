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
    return interpolate(this.#samples, frame) / 32_768;
  }
}

/** A windowed sinc of this many taps, so that what is measured is the capture and not the measuring. */
const TAPS = 48;
const PHASES = 1024;
const KERNEL = sincKernel();

function sincKernel(): Float64Array {
  const kernel = new Float64Array((PHASES + 1) * TAPS);
  for (let phase = 0; phase <= PHASES; phase++) {
    for (let tap = 0; tap < TAPS; tap++) {
      const x = tap - (TAPS / 2 - 1) - phase / PHASES;
      const window = 0.42 + 0.5 * Math.cos((2 * Math.PI * x) / TAPS) + 0.08 * Math.cos((4 * Math.PI * x) / TAPS);
      kernel[phase * TAPS + tap] = (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * window;
    }
  }
  return kernel;
}

function interpolate(samples: ArrayLike<number>, at: number): number {
  const whole = Math.floor(at);
  const phase = Math.round((at - whole) * PHASES) * TAPS;
  const first = whole - (TAPS / 2 - 1);
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) sum += (samples[first + tap] ?? 0) * (KERNEL[phase + tap] ?? 0);
  return sum;
}

/** Decodes any audio to mono samples at 48 kHz with ffmpeg: what should have sounded. */
export function decode(file: string): Float32Array {
  const bytes = execFileSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-nostdin',
      ...(file.endsWith('.opus') ? ['-c:a', 'libopus'] : []),
      '-i',
      file,
      '-ac',
      '1',
      '-ar',
      '48000',
      '-f',
      'f32le',
      '-',
    ],
    {
      maxBuffer: 1_000_000_000,
      timeout: 60_000,
    },
  );
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
/** As much of the recording is slid along the capture to find it; the whole window then tells the fraction of a sample. */
const SEARCH_LENGTH_MS = 300;

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
  const wanted = recording.subarray(first, first + length);
  const heard = withoutGaps(capture.at(plannedAtMs + ((first - margin) * 1000) / rate, length + 2 * margin));
  const searched = Math.min(length, Math.round((SEARCH_LENGTH_MS * rate) / 1000));
  let best = 0;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let lag = 1 - margin; lag < margin; lag++) {
    const value = correlation(wanted, heard, margin + lag, searched);
    if (value > bestValue) [best, bestValue] = [lag, value];
  }
  const [before = 0, at = 0, after = 0] = [-1, 0, 1].map((step) => correlation(wanted, heard, margin + best + step, length));
  const curvature = before - 2 * at + after;
  const fraction = curvature === 0 ? 0 : (0.5 * (before - after)) / curvature;
  const offsetMs = ((best + fraction) * 1000) / rate;
  const aligned = withoutGaps(capture.at(plannedAtMs + offsetMs + (first * 1000) / rate, length));
  const energy = correlation(wanted, wanted, 0, length);
  const gain = energy === 0 ? 0 : correlation(wanted, aligned, 0, length) / energy;
  let residual = 0;
  for (let k = 0; k < length; k++) residual += ((aligned[k] ?? 0) - gain * (wanted[k] ?? 0)) ** 2;
  return { offsetMs, gain, residualDb: 10 * Math.log10(residual / (gain * gain * energy || Number.MIN_VALUE)) };
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>, shift: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (a[k] ?? 0) * (b[k + shift] ?? 0);
  return sum;
}

/** Where the card was closed nothing sounded. */
function withoutGaps(samples: Float64Array): Float64Array {
  return samples.map((value) => (Number.isNaN(value) ? 0 : value));
}
