import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { CodedError } from '@tieng-lang/shared/errors';
import { parseWave, WAVE_HEADER_BYTES, type Wave, waveHeader } from '../sound/wave.ts';
import type { SpeechEngine, SpeechOrder } from './engine.ts';
import { piecesOf } from './pieces.ts';

export interface SpeechJob {
  order: SpeechOrder;
  outFile: string;
  signal: AbortSignal;
  /** Told 0 to 1. */
  onProgress: (done: number) => void;
}

/** Speaks whole texts: piece by piece, with the silence between sentences and paragraphs that a reader leaves. */
export class Speech {
  readonly #engine: SpeechEngine;

  constructor(options: { engine: SpeechEngine }) {
    this.#engine = options.engine;
  }

  /**
   * Writes a WAV; only one piece of it is in memory at a time.
   *
   * @throws CodedError `text-unspeakable`, `speech-engine-failed`, `program-missing`; the signal's reason
   */
  async speak(job: SpeechJob): Promise<void> {
    const file = await open(job.outFile, 'w');
    try {
      await this.#speakInto(file, job);
    } finally {
      await file.close();
    }
  }

  async #speakInto(file: FileHandle, { order, outFile, signal, onProgress }: SpeechJob): Promise<void> {
    const pieces = piecesOf(order.spoken);
    let sampleRate = 0;
    let bytes = 0;
    for (const [index, { text, pauseMs }] of pieces.entries()) {
      const wave = await this.#piece({ text, voice: order.voice, rate: order.rate, outFile: `${outFile}.piece`, signal });
      if (sampleRate !== 0 && wave.sampleRate !== sampleRate) throw new CodedError('speech-engine-failed');
      sampleRate = wave.sampleRate;
      const pause = Buffer.alloc(2 * Math.round((pauseMs / order.rate / 1000) * sampleRate));
      for (const pcm of [wave.pcm, pause]) {
        await file.write(pcm, 0, pcm.length, WAVE_HEADER_BYTES + bytes);
        bytes += pcm.length;
      }
      onProgress((index + 1) / pieces.length);
    }
    if (bytes === 0) throw new CodedError('text-unspeakable');
    await file.write(waveHeader(sampleRate, bytes), 0, WAVE_HEADER_BYTES, 0);
  }

  async #piece(piece: Parameters<SpeechEngine['speak']>[0]): Promise<Wave> {
    try {
      await this.#engine.speak(piece);
      const wave = parseWave(await readFile(piece.outFile));
      if (!wave) throw new CodedError('speech-engine-failed');
      return wave;
    } finally {
      await rm(piece.outFile, { force: true });
    }
  }
}
