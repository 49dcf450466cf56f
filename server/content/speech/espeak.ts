import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import { runChild } from '../sound/child.ts';
import type { SpeechEngine, SpeechOrder } from './engine.ts';

const VOICES: Record<SpeechOrder['voice'], string> = { 'vi-north': 'vi', 'vi-central': 'vi-vn-x-central', 'vi-south': 'vi-vn-x-south' };

/** Words a minute at rate 1. espeak's own 175 is hurried for a horn speaker that the village echoes. */
const WORDS_PER_MINUTE = 150;

/** Of its own 0 to 200: at its ordinary 100 it clips some vowels. The levelling brings the loudness back. */
const AMPLITUDE = 70;

/** A piece of a few hundred characters is spoken in well under a second; past this the program hangs. */
const LIMIT_MS = 30_000;

/** espeak-ng as a child process (its licence, GPL-3, stays its own). */
export class EspeakEngine implements SpeechEngine {
  readonly #clock: Clock;
  readonly #program: string;

  constructor(options: { clock: Clock; program?: string }) {
    this.#clock = options.clock;
    this.#program = options.program ?? 'espeak-ng';
  }

  async speak({ text, voice, rate, outFile, signal }: Parameters<SpeechEngine['speak']>[0]): Promise<void> {
    // The text goes in by the pipe: on the command line it could pass for an option. `-b 1`: it is UTF-8.
    const args = [
      '-b',
      '1',
      '-a',
      String(AMPLITUDE),
      '-v',
      VOICES[voice],
      '-s',
      String(Math.round(WORDS_PER_MINUTE * rate)),
      '--stdin',
      '-w',
      outFile,
    ];
    const { exitCode, messages } = await runChild(this.#clock, { program: this.#program, args, input: text, limitMs: LIMIT_MS, signal });
    if (exitCode !== 0) throw new CodedError('speech-engine-failed', { cause: new Error(messages.slice(-2000)) });
  }
}
