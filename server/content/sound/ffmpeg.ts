import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import * as z from 'zod';
import { runChild } from './child.ts';
import type { Levelling } from './levelling.ts';
import { loudnessOf, type Measurement, measurementOf, peaksOf } from './measurement.ts';

/** The rate of everything that is sounded (Opus knows no other). */
export const SAMPLES_PER_MS = 48;

/** A session is an hour by law; three leave room for a festival. */
const SOUND_MS_MAX = 3 * 3_600_000;

/** Decoding three hours takes a minute or three, encoding up to ten on a small machine: past this, something hangs. */
const DECODE_LIMIT_MS = 30 * 60_000;
const PROBE_LIMIT_MS = 30_000;

/** Three hours of the bit rate below are 44 MB. */
const RESULT_BYTES_MAX = 100 * 1024 * 1024;

/**
 * The kinds of file that people have. Play lists and other containers that name further files (hls, concat, dash, …)
 * are left out on purpose: they would let an upload read files of the server.
 */
const CONTAINERS = [
  ...['mp3', 'wav', 'w64', 'aiff', 'au', 'caf', 'flac', 'ogg', 'aac', 'amr', 'mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm'],
  ...['asf', 'avi', 'flv', 'mpeg', 'mpegts', 'ac3', 'eac3', 'dts', 'ape', 'wv', 'tta', 'voc', 'gsm', 'amrnb', 'amrwb'],
].join(',');

const INPUT = ['-hide_banner', '-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS];
const DECODE = ['-nostdin', '-nostats', '-v', 'level+info', '-stats_period', '0.5'];

const probeAnswer = z.object({
  streams: z.array(z.object({ codec_type: z.string().optional(), channels: z.number().optional() })).default([]),
  format: z.object({ duration: z.string().optional(), format_name: z.string().optional() }).default({}),
});

export interface Probe {
  channels: number;
  /** What the container states; undefined when it states nothing, or when it was only guessed from the bit rate. */
  statedMs: number | undefined;
}

/** How several channels become the one that a horn speaker has. `left` is for stereo whose sides cancel each other out. */
export type Mixdown = 'all' | 'left';

export interface SourceMeasurement extends Measurement {
  /** Of the file as it is, all channels. */
  sourceLufs: number | null;
}

export interface ResultMeasurement extends Measurement {
  stepMs: number;
  peaks: number[];
}

interface Job {
  file: string;
  signal: AbortSignal;
  /** Milliseconds of sound that are done. */
  onProgress?: (doneMs: number) => void;
}

/** ffmpeg and ffprobe, as child processes with limits. */
export class Ffmpeg {
  readonly #clock: Clock;
  readonly #ffmpeg: string;
  readonly #ffprobe: string;
  /** Nothing longer is decoded: an endless file ends. */
  readonly longestMs: number;

  constructor(options: { clock: Clock; ffmpeg?: string; ffprobe?: string; longestMs?: number }) {
    this.longestMs = options.longestMs ?? SOUND_MS_MAX;
    this.#clock = options.clock;
    this.#ffmpeg = options.ffmpeg ?? 'ffmpeg';
    this.#ffprobe = options.ffprobe ?? 'ffprobe';
  }

  /** @throws CodedError `media-not-audio`, `program-missing`, `media-processing-stopped` */
  async probe({ file, signal }: Job): Promise<Probe> {
    const args = [...INPUT, '-v', 'warning', '-of', 'json', '-show_format', '-show_streams', '-select_streams', 'a', `file:${file}`];
    const { exitCode, output, messages } = await this.#run(this.#ffprobe, args, { signal, limitMs: PROBE_LIMIT_MS });
    const answer = exitCode === 0 ? probeAnswer.safeParse(JSON.parse(output)) : undefined;
    const sound = answer?.data?.streams.find((stream) => stream.codec_type === 'audio');
    if (!sound) throw new CodedError('media-not-audio');
    const guessed = messages.includes('Estimating duration from bitrate');
    const seconds = Number(answer?.data?.format.duration);
    return { channels: sound.channels ?? 1, statedMs: guessed || !Number.isFinite(seconds) ? undefined : seconds * 1000 };
  }

  /** Decodes the whole of it once: what the header says about its length is not believed. Undefined: nothing decoded. */
  async measureSource(job: Job, mixdown: Mixdown): Promise<SourceMeasurement | undefined> {
    const chain = ['ebur128=framelog=verbose', ...mono(mixdown), 'ebur128=framelog=verbose:peak=true', COUNT];
    const { exitCode, messages } = await this.#decode(job, ['-af', chain.join(','), '-f', 'null', '-progress', 'pipe:1', '-']);
    const measured = measurementOf(messages, chain.length - 2);
    if (exitCode !== 0 || !measured) return undefined;
    return { ...measured, sourceLufs: loudnessOf(messages, 0) };
  }

  /** How loud it would be behind a limiter. A quarter of the cost of encoding it to find out. */
  async rehearse(job: Job, options: { mixdown: Mixdown; gainDb: number; limitDbtp: number }): Promise<number | null> {
    const chain = [...mono(options.mixdown), gain(options.gainDb), holdAt(options.limitDbtp), 'ebur128=framelog=verbose'];
    const { exitCode, messages } = await this.#decode(job, ['-af', chain.join(','), '-f', 'null', '-progress', 'pipe:1', '-']);
    if (exitCode !== 0) throw new CodedError('media-decode-failed', { cause: new Error(messages.slice(-2000)) });
    return loudnessOf(messages, chain.length - 1);
  }

  /**
   * Ogg Opus, mono, 32 kbit/s variable, 20 ms frames, tuned for `audio`: speech and tunes alike keep their full band,
   * and an hour is 14 MB of a cluster's data plan. Half the encoder's effort takes a third of its time, and nobody hears
   * the rest through a horn. The same input gives the same bytes.
   *
   * @throws CodedError `media-decode-failed`, `media-processing-stopped`
   */
  async encode(job: Job, options: { mixdown: Mixdown; levelling: Levelling; outFile: string }): Promise<void> {
    const { gainDb, trimDb } = options.levelling;
    const chain = [...mono(options.mixdown), gain(gainDb), ...limiter(options.levelling), gain(-trimDb)];
    const { exitCode, messages } = await this.#decode(job, [
      ...['-af', chain.join(','), '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact'],
      ...['-c:a', 'libopus', '-b:a', '32k', '-vbr', 'on', '-application', 'audio', '-frame_duration', '20', '-compression_level', '5'],
      ...['-fs', String(RESULT_BYTES_MAX), '-f', 'ogg', '-progress', 'pipe:1', '-y', `file:${options.outFile}`],
    ]);
    if (exitCode !== 0) throw new CodedError('media-decode-failed', { cause: new Error(messages.slice(-2000)) });
  }

  /** Decodes a result of ours and draws its waveform in about `steps` steps. */
  async measureResult(job: Job, samples: number, steps: number): Promise<ResultMeasurement | undefined> {
    const stepSamples = Math.max(1, Math.ceil(samples / steps));
    const chain = [
      ...['ebur128=framelog=verbose:peak=true', COUNT, `asetnsamples=n=${stepSamples}:p=0`],
      ...['astats=metadata=1:reset=1:measure_perchannel=Min_level+Max_level:measure_overall=none', 'ametadata=mode=print:file=-'],
    ];
    const { exitCode, messages, output } = await this.#decode({ ...job, onProgress: undefined }, [
      '-af',
      chain.join(','),
      '-f',
      'null',
      '-',
    ]);
    const measured = measurementOf(messages, 0);
    if (exitCode !== 0 || !measured) return undefined;
    return { ...measured, stepMs: stepSamples / SAMPLES_PER_MS, peaks: peaksOf(output) };
  }

  #decode(job: Omit<Job, 'onProgress'> & { onProgress?: Job['onProgress'] | undefined }, output: string[]) {
    const { onProgress } = job;
    // One second past the limit: enough to know that the sound is too long.
    const input = ['-t', String(this.longestMs / 1000 + 1), '-i', `file:${job.file}`, '-map', '0:a:0', '-vn', '-sn', '-dn'];
    return this.#run(this.#ffmpeg, [...DECODE, ...INPUT, ...input, ...output], {
      signal: job.signal,
      limitMs: DECODE_LIMIT_MS,
      ...(onProgress && {
        onLine: (line: string) => {
          const us = line.match(/^out_time_us=(\d+)/)?.[1];
          if (us !== undefined) onProgress(Number(us) / 1000);
        },
      }),
    });
  }

  #run(program: string, args: string[], options: { signal: AbortSignal; limitMs: number; onLine?: (line: string) => void }) {
    return runChild(this.#clock, { program, args, ...options });
  }
}

const COUNT = 'astats=measure_perchannel=none:measure_overall=Number_of_samples';

function mono(mixdown: Mixdown): string[] {
  return [
    ...(mixdown === 'left' ? ['pan=mono|c0=c0'] : []),
    `aresample=${SAMPLES_PER_MS * 1000}`,
    'aformat=sample_fmts=fltp:channel_layouts=mono',
  ];
}

/** Peaks between the samples show at four times the rate (ITU-R BS.1770-4 annex 2), so the limiter works there. */
function limiter({ limitDbtp }: Levelling): string[] {
  if (limitDbtp === null) return [];
  return [`aresample=${SAMPLES_PER_MS * 4000}`, holdAt(limitDbtp), `aresample=${SAMPLES_PER_MS * 1000}`];
}

function gain(db: number): string {
  return `volume=${db.toFixed(2)}dB`;
}

/** `latency=1`: what it looks ahead is taken off again, so that nothing is shifted in time. */
function holdAt(limitDbtp: number): string {
  return `alimiter=limit=${limitDbtp.toFixed(2)}dB:level=0:attack=5:release=80:latency=1`;
}
