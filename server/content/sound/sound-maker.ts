import { stat } from 'node:fs/promises';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Logger } from 'pino';
import { type Ffmpeg, type Mixdown, type Probe, type ResultMeasurement, SAMPLES_PER_MS, type SourceMeasurement } from './ffmpeg.ts';
import { isSilent, type Levelling, levellingFor, lowered, nextGain, type Rehearsal } from './levelling.ts';
import { promisedShare } from './wave.ts';

/** Shorter than this is a click of the record button, not an announcement. */
export const SOUND_MS_MIN = 300;

/** Peaks that encoding adds are brought down at the second one and, for certain, at the third. */
const ENCODINGS_MAX = 3;

/** Each of them comes nearer to the loudness; what is left after four is less than the ear notices. */
const REHEARSALS_MAX = 4;

/** As many steps as a waveform has pixels on a wide screen. */
const WAVEFORM_STEPS = 800;

/** Where the container states no length, progress is shown against this much. */
const LENGTH_GUESS_MS = 180_000;

/** A mix of two unrelated sides is 6 LU below them together. Further down, the sides cancel each other out. */
const CANCELLED_LU = 12;

/** What a damaged file said that it held, and what could be decoded of it. */
export interface Damage {
  statedMs: number | null;
  decodedMs: number;
  faults: number;
}

export interface MadeSound {
  durationMs: number;
  sourceLufs: number | null;
  loudnessLufs: number | null;
  truePeakDbtp: number | null;
  damage: Damage | null;
  waveform: { stepMs: number; peaks: number[] };
}

/** Faults that sound files have at their ends (tags that decoders stumble over) are not worth a word. */
const FAULTS_UNNOTICED = 2;

/** A stated length is off by this much in good files too: padding of encoders, rounding of headers. */
const STATED_TOLERANCE_MS = 1000;

/** Makes of anything that people have the one kind of sound that clusters play: levelled Ogg Opus. */
export class SoundMaker {
  readonly #ffmpeg: Ffmpeg;
  readonly #log: Logger;

  constructor(options: { ffmpeg: Ffmpeg; log: Logger }) {
    this.#ffmpeg = options.ffmpeg;
    this.#log = options.log;
  }

  /**
   * Writes `outFile` and says what it holds. `onProgress` is told 0 to 1.
   *
   * @throws CodedError of the media kind, where the file is no sound that can be taken
   */
  async make(job: { file: string; outFile: string; signal: AbortSignal; onProgress: (progress: number) => void }): Promise<MadeSound> {
    const { file, outFile, signal, onProgress } = job;
    if ((await stat(file)).size === 0) throw new CodedError('media-empty');
    const probe = await this.#ffmpeg.probe({ file, signal });
    const guessMs = probe.statedMs ?? LENGTH_GUESS_MS;
    const { source, mixdown } = await this.#measure(file, signal, probe, (doneMs) => onProgress(0.3 * Math.min(1, doneMs / guessMs)));
    const sourceMs = source.samples / SAMPLES_PER_MS;
    refuseUnusable(source, sourceMs, this.#ffmpeg.longestMs);
    const rehearsing = (doneMs: number) => onProgress(0.3 + 0.15 * Math.min(1, doneMs / sourceMs));
    let levelling = await this.#rehearse({ file, signal, onProgress: rehearsing }, source, mixdown);
    for (let encodings = 1; ; encodings++) {
      const progress = (doneMs: number) => onProgress(0.45 + 0.45 * Math.min(1, doneMs / sourceMs));
      await this.#ffmpeg.encode({ file, signal, onProgress: progress }, { mixdown, levelling, outFile });
      const result = await this.#ffmpeg.measureResult({ file: outFile, signal }, source.samples, WAVEFORM_STEPS);
      if (!result) throw new CodedError('media-decode-failed', { cause: new Error('the result cannot be decoded') });
      const next = lowered(levelling, result, encodings);
      if (!next || encodings === ENCODINGS_MAX) {
        this.#log.info({ event: 'sound-made', encodings, ...levelling, lufs: result.lufs, truePeakDbtp: result.truePeakDbtp });
        const statedMs = Math.max(probe.statedMs ?? 0, sourceMs * (await promisedShare(file)));
        return made(source, result, damageOf(statedMs, source, sourceMs));
      }
      levelling = next;
    }
  }

  /** Where a limiter is needed, tries gains until the loudness behind it is right. */
  async #rehearse(
    job: { file: string; signal: AbortSignal; onProgress: (doneMs: number) => void },
    source: SourceMeasurement,
    mixdown: Mixdown,
  ): Promise<Levelling> {
    const levelling = levellingFor(source);
    const { limitDbtp } = levelling;
    if (limitDbtp === null) return levelling;
    const rehearsals: Rehearsal[] = [];
    let { gainDb } = levelling;
    for (;;) {
      rehearsals.push({ gainDb, lufs: await this.#ffmpeg.rehearse(job, { mixdown, gainDb, limitDbtp }) });
      const next = nextGain(source, rehearsals);
      if (next === undefined || rehearsals.length === REHEARSALS_MAX) return { ...levelling, gainDb: next ?? gainDb };
      gainDb = next;
    }
  }

  async #measure(file: string, signal: AbortSignal, probe: Probe, onProgress: (doneMs: number) => void) {
    const mixed = await this.#ffmpeg.measureSource({ file, signal, onProgress }, 'all');
    // A container with a sound stream in which nothing is: a header and no more.
    if (!mixed) throw new CodedError('media-empty');
    const mixdown: Mixdown = probe.channels === 2 && cancelsOut(mixed) ? 'left' : 'all';
    if (mixdown === 'all') return { source: mixed, mixdown };
    const source = await this.#ffmpeg.measureSource({ file, signal, onProgress }, mixdown);
    if (!source) throw new CodedError('media-decode-failed');
    return { source, mixdown };
  }
}

function cancelsOut({ sourceLufs, lufs }: SourceMeasurement): boolean {
  return sourceLufs !== null && sourceLufs - (lufs ?? Number.NEGATIVE_INFINITY) > CANCELLED_LU;
}

function refuseUnusable(source: SourceMeasurement, sourceMs: number, longestMs: number): void {
  if (sourceMs > longestMs) throw new CodedError('media-too-long', { params: { maximumMin: longestMs / 60_000 } });
  if (sourceMs < SOUND_MS_MIN) throw new CodedError('media-too-short', { params: { minimumMs: SOUND_MS_MIN } });
  if (isSilent(source)) throw new CodedError('media-no-sound');
}

function damageOf(statedMs: number, { faults }: SourceMeasurement, decodedMs: number): Damage | null {
  const lostMs = statedMs - decodedMs;
  const cut = lostMs > Math.max(STATED_TOLERANCE_MS, 0.01 * decodedMs);
  if (!cut && faults <= FAULTS_UNNOTICED) return null;
  return { statedMs: cut ? statedMs : null, decodedMs, faults };
}

function made(source: SourceMeasurement, result: ResultMeasurement, damage: Damage | null): MadeSound {
  return {
    // The agent plays so many samples: the length is theirs, to the sample.
    durationMs: result.samples / SAMPLES_PER_MS,
    sourceLufs: source.sourceLufs,
    loudnessLufs: result.lufs,
    truePeakDbtp: result.truePeakDbtp,
    damage,
    waveform: { stepMs: result.stepMs, peaks: result.peaks },
  };
}
