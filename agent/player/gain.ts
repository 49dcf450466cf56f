/** Volume 1 is this far below full scale; between, each step is the same number of decibels, as loudness is heard. */
const RANGE_DB = 40;

/** Below this volume the curve bends to nothing, so that 0 is silence and not −40 dB. */
const TAPER_BELOW = 10;

/**
 * The factor that a volume of 0–100 puts on samples: 100 is unity, 50 is −20 dB, 0 is silence.
 */
export function gainOfVolume(volume: number): number {
  const bounded = Math.min(100, Math.max(0, volume));
  const onCurve = 10 ** ((-RANGE_DB * (1 - Math.max(bounded, TAPER_BELOW) / 100)) / 20);
  return bounded >= TAPER_BELOW ? onCurve : (onCurve * bounded) / TAPER_BELOW;
}

/** Up to here samples pass unchanged; above, they are bent towards full scale. Levelled recordings stay below it. */
const KNEE = 0.97;

/** Keeps a block inside ±1 without the crack of clipping: two sounds that overlap for a fade may add up to more. */
export function limitSoftly(block: Float32Array): void {
  for (let i = 0; i < block.length; i++) {
    const sample = block[i] as number;
    if (sample > KNEE) block[i] = 1 - (1 - KNEE) * Math.exp((KNEE - sample) / (1 - KNEE));
    else if (sample < -KNEE) block[i] = -1 + (1 - KNEE) * Math.exp((KNEE + sample) / (1 - KNEE));
  }
}

/** Root mean square as dB relative to full scale; null for nothing at all (a level of minus infinity has no number). */
export function dbfs(sumOfSquares: number, frames: number): number | null {
  if (frames === 0 || sumOfSquares === 0) return null;
  return 10 * Math.log10(sumOfSquares / frames);
}
