import type { Measurement } from './measurement.ts';

/**
 * What every sound is levelled to, so that a recording from a phone and the radio sound alike. Louder than the −23 of
 * television (EBU R128): a horn speaker stands in traffic and wind.
 */
export const TARGET_LUFS = -16;

/** Peaks stay below this, also between the samples, or the amplifier clips. */
export const TRUE_PEAK_MAX_DBTP = -1.5;

/** Encoding adds peaks of its own, up to about 1 dB at this bit rate: the limiter leaves them room. */
const CODEC_ROOM_DB = 1;

/** Beyond this a gain brings up hiss and hum, not words. */
const GAIN_MAX_DB = 40;

/** The result is left as it is within this; the ear hears about 1 LU. */
const LOUDNESS_TOLERANCE_LU = 0.4;

/** A sound whose loudest instant is below this is silence: the noise of a microphone that nobody spoke into. */
const SILENCE_DBTP = -60;

export interface Levelling {
  gainDb: number;
  /** Where the limiter holds the peaks; null: no limiter. */
  limitDbtp: number | null;
}

export function isSilent({ truePeakDbtp }: Measurement): boolean {
  return truePeakDbtp === null || truePeakDbtp < SILENCE_DBTP;
}

/** One gain that brings a sound to the target, and a limiter only where that gain would drive its peaks too high. */
export function levellingFor(measured: Measurement): Levelling {
  const peakDbtp = measured.truePeakDbtp ?? 0;
  const highestDbtp = TRUE_PEAK_MAX_DBTP - CODEC_ROOM_DB;
  // Too short for R128: its peak is all that is known of it.
  if (measured.lufs === null) return { gainDb: Math.min(GAIN_MAX_DB, highestDbtp - peakDbtp), limitDbtp: null };
  const gainDb = Math.min(GAIN_MAX_DB, TARGET_LUFS - measured.lufs);
  return { gainDb, limitDbtp: peakDbtp + gainDb > highestDbtp ? highestDbtp : null };
}

/**
 * What to try next after a result was measured: limiting takes loudness away and encoding adds peaks, both by amounts
 * that only the result tells. Undefined when the result is good.
 */
export function correction(tried: Levelling, result: Measurement): Levelling | undefined {
  const overDb = (result.truePeakDbtp ?? SILENCE_DBTP) - TRUE_PEAK_MAX_DBTP;
  const missingLu = result.lufs === null ? 0 : TARGET_LUFS - result.lufs;
  const quieter = tried.gainDb >= GAIN_MAX_DB && missingLu > 0;
  if (overDb <= 0 && (Math.abs(missingLu) <= LOUDNESS_TOLERANCE_LU || quieter)) return undefined;
  if (result.lufs === null) return { gainDb: tried.gainDb - overDb - 0.2, limitDbtp: null };
  const gainDb = Math.min(GAIN_MAX_DB, tried.gainDb + missingLu);
  const heldDbtp = tried.limitDbtp ?? TRUE_PEAK_MAX_DBTP - CODEC_ROOM_DB;
  const limitNeeded = tried.limitDbtp !== null || overDb > 0 || (result.truePeakDbtp ?? 0) + missingLu > TRUE_PEAK_MAX_DBTP;
  return { gainDb, limitDbtp: limitNeeded ? heldDbtp - Math.max(0, overDb > 0 ? overDb + 0.2 : 0) : null };
}
