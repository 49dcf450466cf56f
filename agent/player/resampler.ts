/** Source samples that one output sample is made of. 32 with this window pass 0–20 kHz flat at 48 kHz. */
const TAPS = 32;

/** Kernels between two source samples; with straight lines between them the error stays under −100 dB. */
const PHASES = 256;

/** Kaiser window: images above 28 kHz are 80 dB down. Opus carries nothing between 20 and 28 kHz. */
const BETA = 8;

/** How many source frames before, and with it how many after, a position are read to make its sample. */
export const TAPS_BEFORE = TAPS / 2 - 1;
export const TAPS_AFTER = TAPS / 2;

/**
 * One row of TAPS coefficients per phase, and a last row for the phase 1. The cut-off is half the rate itself, so that a
 * position on a source sample gives exactly that sample.
 */
const KERNEL = makeKernel();

function makeKernel(): Float32Array {
  const kernel = new Float32Array((PHASES + 1) * TAPS);
  for (let phase = 0; phase <= PHASES; phase++) {
    let sum = 0;
    const row = new Float64Array(TAPS);
    for (let tap = 0; tap < TAPS; tap++) {
      const x = tap - TAPS_BEFORE - phase / PHASES;
      const inWindow = x / (TAPS / 2);
      const window = Math.abs(inWindow) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - inWindow * inWindow)) / bessel(BETA);
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      row[tap] = sinc * window;
      sum += row[tap] as number;
    }
    // Every phase passes a constant unchanged: else a quiet tone at the rate of the drift would be heard.
    for (let tap = 0; tap < TAPS; tap++) kernel[phase * TAPS + tap] = (row[tap] as number) / sum;
  }
  return kernel;
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Writes `count` samples into `into` from `at`: sample i stands at position `position + i · step` of `source`, in
 * source frames. `source` must reach TAPS_BEFORE before the first and TAPS_AFTER behind the last of them.
 */
export function resample(options: {
  source: Float32Array;
  position: number;
  step: number;
  into: Float32Array;
  at: number;
  count: number;
}): void {
  const { source, position, step, into, at, count } = options;
  for (let i = 0; i < count; i++) {
    const here = position + i * step;
    const whole = Math.floor(here);
    const phase = (here - whole) * PHASES;
    const row = Math.floor(phase);
    const weight = phase - row;
    const low = row * TAPS;
    const high = low + TAPS;
    const first = whole - TAPS_BEFORE;
    let a = 0;
    let b = 0;
    for (let tap = 0; tap < TAPS; tap++) {
      const sample = source[first + tap] as number;
      a += sample * (KERNEL[low + tap] as number);
      b += sample * (KERNEL[high + tap] as number);
    }
    into[at + i] = a + weight * (b - a);
  }
}
