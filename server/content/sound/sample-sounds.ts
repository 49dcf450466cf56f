import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Speech-like bursts of several tones: loud and quiet parts, a definite start, nothing periodic over the whole. */
const SPEECH_LIKE =
  "aevalsrc=exprs='(0.3*sin(2*PI*(220+40*sin(2*PI*3*t))*t)+0.15*sin(2*PI*700*t)+0.05*random(0))*(0.15+0.85*lt(mod(t,0.7),0.45))'";

/** Files as people bring them, made by ffmpeg; for tests. */
export class SampleSounds {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** `seconds` of sound at 44.1 kHz through the encoder that `output` names. */
  async speech(name: string, options: { seconds: number; volumeDb?: number; output?: readonly string[] }): Promise<string> {
    const { seconds, volumeDb = 0, output = [] } = options;
    const input = ['-f', 'lavfi', '-i', `${SPEECH_LIKE}:s=44100:d=${seconds},volume=${volumeDb}dB`];
    return this.ffmpeg(name, [...input, ...output]);
  }

  async ffmpeg(name: string, args: readonly string[]): Promise<string> {
    const file = this.path(name);
    await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, file]);
    return file;
  }

  async bytes(name: string, bytes: string | Uint8Array): Promise<string> {
    const file = this.path(name);
    await writeFile(file, bytes);
    return file;
  }

  /** The first `share` of a file, as a broken transfer leaves it. */
  async cut(name: string, whole: string, share: number): Promise<string> {
    const bytes = await readFile(whole);
    return this.bytes(name, bytes.subarray(0, Math.floor(bytes.length * share)));
  }
}
