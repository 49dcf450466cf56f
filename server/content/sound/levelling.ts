import type { Measurement } from './measurement.ts';

/**
 * What every sound is levelled to, so that a recording from a phone and the radio sound alike. Louder than the −23 of
 * television (EBU R128): a horn speaker stands in traffic and wind.
 */
export const TARGET_LUFS = -16;

/** Peaks stay below this, also between the samples, or the amplifier clips. */
export const TRUE_PEAK_MAX_DBTP = -1.5;

/** Encoding adds peaks of its own, measured at 0.3 to 0.6 dB at this bit rate: the limiter leaves them room. */
const CODEC_ROOM_DB = 0.6;

/** How much louder a limited sound gets per dB of gain: the limiter takes the rest. Speech measured 0.3 to 0.6. */
const LIMITED_SLOPE = 0.5;
const SLOPE_MIN = 0.25;

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

export interface Try {
  levelling: Levelling;
  result: Measurement;
}

/**
 * What to try next after results were measured: limiting takes loudness away and encoding adds peaks, both by amounts
 * that only the result tells. Undefined when the last result is good.
 */
export function correction(tries: readonly Try[]): Levelling | undefined {
  const last = tries.at(-1);
  if (!last) return undefined;
  const { levelling, result } = last;
  const overDb = Math.max(0, (result.truePeakDbtp ?? SILENCE_DBTP) - TRUE_PEAK_MAX_DBTP);
  // A little more than what it was over: the next encoding differs in its peaks too.
  const lowerDb = overDb > 0 ? overDb + 0.2 : 0;
  if (result.lufs === null) return overDb > 0 ? { gainDb: levelling.gainDb - lowerDb, limitDbtp: null } : undefined;
  const missingLu = TARGET_LUFS - result.lufs;
  const asLoudAsMayBe = levelling.gainDb >= GAIN_MAX_DB && missingLu > 0;
  if (overDb === 0 && (Math.abs(missingLu) <= LOUDNESS_TOLERANCE_LU || asLoudAsMayBe)) return undefined;
  const limited = levelling.limitDbtp !== null || overDb > 0 || (result.truePeakDbtp ?? 0) + missingLu > TRUE_PEAK_MAX_DBTP;
  const heldDbtp = levelling.limitDbtp ?? TRUE_PEAK_MAX_DBTP - CODEC_ROOM_DB;
  return {
    gainDb: Math.min(GAIN_MAX_DB, levelling.gainDb + missingLu / slopeOf(tries)),
    limitDbtp: limited ? heldDbtp - lowerDb : null,
  };
}

/** By how much the loudness followed the gain between the last two tries. */
function slopeOf(tries: readonly Try[]): number {
  const [before, last] = tries.slice(-2);
  if (!before || !last || before.result.lufs === null || last.result.lufs === null) {
    return tries.at(-1)?.levelling.limitDbtp === null ? 1 : LIMITED_SLOPE;
  }
  const gained = last.levelling.gainDb - before.levelling.gainDb;
  if (Math.abs(gained) < 0.1) return 1;
  return Math.max(SLOPE_MIN, Math.min(1, (last.result.lufs - before.result.lufs) / gained));
}
