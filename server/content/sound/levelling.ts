import type { Measurement } from './measurement.ts';

/**
 * What every sound is levelled to, so that a recording from a phone and the radio sound alike. Louder than the −23 of
 * television (EBU R128): a horn speaker stands in traffic and wind.
 */
export const TARGET_LUFS = -16;

/** Peaks stay below this, also between the samples, or the amplifier clips. */
export const TRUE_PEAK_MAX_DBTP = -1.5;

/** Encoding adds peaks of its own, measured at 0.3 to 1 dB at this bit rate: the limiter leaves them room. */
const CODEC_ROOM_DB = 1;

/** How much louder a limited sound gets per dB of gain: the limiter takes the rest. Speech measured 0.3 to 0.6. */
const LIMITED_SLOPE = 0.5;
const SLOPE_MIN = 0.25;

/** The limiter takes off at most this much: further on a voice gets no louder, only coarser. */
const LIMITING_MAX_DB = 24;

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
  /** Taken off after the limiter. */
  trimDb: number;
}

export function isSilent({ truePeakDbtp }: Measurement): boolean {
  return truePeakDbtp === null || truePeakDbtp < SILENCE_DBTP;
}

/** One gain that brings a sound to the target, and a limiter only where that gain would drive its peaks too high. */
export function levellingFor(measured: Measurement): Levelling {
  const peakDbtp = measured.truePeakDbtp ?? 0;
  const highestDbtp = TRUE_PEAK_MAX_DBTP - CODEC_ROOM_DB;
  // Too short for R128: its peak is all that is known of it.
  if (measured.lufs === null) return { gainDb: Math.min(GAIN_MAX_DB, highestDbtp - peakDbtp), limitDbtp: null, trimDb: 0 };
  const gainDb = Math.min(GAIN_MAX_DB, TARGET_LUFS - measured.lufs);
  return { gainDb, limitDbtp: peakDbtp + gainDb > highestDbtp ? highestDbtp : null, trimDb: 0 };
}

/** A gain that was tried before a limiter, and the loudness behind it. */
export interface Rehearsal {
  gainDb: number;
  lufs: number | null;
}

/**
 * The gain to try next: limiting takes loudness away, by an amount that only trying tells. Undefined when the last one
 * is near enough, or when more would not help.
 */
export function nextGain(source: Measurement, rehearsals: readonly Rehearsal[]): number | undefined {
  const last = rehearsals.at(-1);
  if (!last || last.lufs === null) return undefined;
  const missingLu = TARGET_LUFS - last.lufs;
  if (Math.abs(missingLu) <= LOUDNESS_TOLERANCE_LU) return undefined;
  const mostDb = Math.min(GAIN_MAX_DB, LIMITING_MAX_DB + TRUE_PEAK_MAX_DBTP - (source.truePeakDbtp ?? 0));
  const gainDb = Math.min(mostDb, last.gainDb + missingLu / slopeOf(rehearsals));
  return Math.abs(gainDb - last.gainDb) < 0.1 ? undefined : gainDb;
}

/** By how much the loudness followed the gain between the last two. */
function slopeOf(rehearsals: readonly Rehearsal[]): number {
  const [before, last] = rehearsals.slice(-2);
  if (!before || !last || before.lufs === null || last.lufs === null) return LIMITED_SLOPE;
  return Math.max(SLOPE_MIN, Math.min(1, (last.lufs - before.lufs) / (last.gainDb - before.gainDb)));
}

/**
 * What to do about peaks that encoding added: the limiter is set lower by what they were over. Where that was not
 * enough, all of it is taken down, which cannot fail. Undefined when they are low enough.
 */
export function lowered(levelling: Levelling, result: Measurement, encodings: number): Levelling | undefined {
  const overDb = (result.truePeakDbtp ?? SILENCE_DBTP) - TRUE_PEAK_MAX_DBTP;
  if (overDb <= 0) return undefined;
  if (encodings > 1) return { ...levelling, trimDb: levelling.trimDb + overDb + 0.1 };
  if (result.lufs === null) return { ...levelling, gainDb: levelling.gainDb - overDb - 0.3 };
  return { ...levelling, limitDbtp: (levelling.limitDbtp ?? TRUE_PEAK_MAX_DBTP - CODEC_ROOM_DB) - overDb - 0.3 };
}
