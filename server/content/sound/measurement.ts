/** What one decoding of a sound says about it. */
export interface Measurement {
  /** Samples of one channel at 48 kHz. */
  samples: number;
  /** EBU R128 integrated, LUFS; null where nothing was loud or long enough (400 ms) to measure. */
  lufs: number | null;
  /** dBTP; null for digital silence. */
  truePeakDbtp: number | null;
  /** Faults that the decoder met on its way. */
  faults: number;
}

/** The loudness that EBU R128's absolute gate leaves of silence (ITU-R BS.1770-4 §2.8): below it nothing was measured. */
const GATE_LUFS = -70;

/** The summary of an `ebur128` filter, by the filter's place in the chain ("Parsed_ebur128_2"). */
function summary(messages: string, filter: number): string | undefined {
  const start = messages.lastIndexOf(`[Parsed_ebur128_${filter} `);
  if (start < 0) return undefined;
  const end = messages.indexOf('[Parsed_', start + 1);
  return messages.slice(start, end < 0 ? undefined : end);
}

function figure(text: string | undefined, pattern: RegExp): number | null {
  const found = text?.match(pattern)?.[1];
  if (found === undefined || found.includes('inf') || found.includes('nan')) return null;
  const value = Number(found);
  return Number.isFinite(value) ? value : null;
}

export function loudnessOf(messages: string, filter: number): number | null {
  const lufs = figure(summary(messages, filter), /\bI:\s+(-?\S+) LUFS/);
  return lufs === null || lufs <= GATE_LUFS ? null : lufs;
}

/**
 * Reads what ffmpeg's `ebur128` and `astats` wrote at the end of a decoding.
 *
 * Undefined when they wrote nothing: nothing was decoded (an exit status of 0 with no summary does happen).
 */
export function measurementOf(messages: string, ebur128Filter: number): Measurement | undefined {
  const samples = figure(messages, /Number of samples: (\d+)/);
  if (samples === null || samples === 0) return undefined;
  return {
    samples,
    lufs: loudnessOf(messages, ebur128Filter),
    truePeakDbtp: figure(summary(messages, ebur128Filter), /True peak:\s+Peak:\s+(\S+) dBFS/),
    faults: messages.split('\n').filter((line) => line.includes('[error]')).length,
  };
}

/** Pairs of minimum and maximum, one pair a step, out of what `ametadata` printed of `astats`. */
export function peaksOf(printed: string): number[] {
  const peaks: number[] = [];
  for (const [, value] of printed.matchAll(/(?:Min|Max)_level=(\S+)/g)) {
    const level = Number(value);
    // Three decimals are finer than a pixel; a step that holds no number is drawn as silence.
    peaks.push(Number.isFinite(level) ? Math.round(Math.max(-1, Math.min(1, level)) * 1000) / 1000 : 0);
  }
  return peaks;
}
