import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { CardListener } from './simulated-card.ts';

const HEADER_BYTES = 44;
const RATE = 48_000;

/** Ten seconds of blocks may wait for the disk. Beyond that blocks are left out: their lines are too, so the rest stays true. */
const MOST_WAITING = 500;

/** Half a second in one write: fifteen clusters writing every block would keep the disk, and the process, busy. */
const BATCH = 25;

/** A RIFF length has 32 bits: 12 hours of sound. Then the capture ends. */
const MOST_FRAMES = Math.floor((2 ** 32 - 1 - HEADER_BYTES) / 2);

/** What is read back from the end of the list of blocks, when a capture is continued: some 1,500 lines. */
const TAIL_BYTES = 64 * 1024;

interface Waiting {
  samples: Buffer;
  frames: number;
  trueMs: number;
}

/**
 * Keeps what left a simulated card: `<cluster>.wav` and `<cluster>.jsonl`, as TL_SINK=file promises. A capture that is
 * there is continued; frames go on counting. Never makes the card wait.
 */
export class Capture implements CardListener {
  readonly #folder: string;
  readonly #cluster: string;
  readonly #log: Logger;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #frames = 0;
  #files: { wav: FileHandle; lines: FileHandle } | undefined;
  #work: Promise<void> = Promise.resolve();
  #writing = false;
  #failed = false;

  constructor(options: { folder: string; cluster: string; log: Logger }) {
    this.#folder = options.folder;
    this.#cluster = options.cluster;
    this.#log = options.log;
  }

  opened(): void {
    this.#failed = false;
    this.#then(() => this.#open());
  }

  left(block: Float32Array, trueMs: number): void {
    if (this.#failed) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    const samples = Buffer.allocUnsafe(block.length * 2);
    for (let i = 0; i < block.length; i++) {
      const value = Math.round((block[i] as number) * 32768);
      samples.writeInt16LE(Math.max(-32768, Math.min(32767, value)), i * 2);
    }
    this.#waiting.push({ samples, frames: block.length, trueMs });
    if (this.#writing || this.#waiting.length < BATCH) return;
    this.#writing = true;
    this.#then(() => this.#write());
  }

  closed(): Promise<void> {
    this.#then(() => this.#close());
    return this.#work;
  }

  /** One step after the other; a step that fails ends the capture until the card is opened again, and nothing else. */
  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.#failed = true;
      this.#waiting = [];
      this.#writing = false;
      this.#log.error({ event: 'capture-failed', cluster: this.#cluster, err: error });
    });
  }

  async #open(): Promise<void> {
    if (this.#files) return;
    await mkdir(this.#folder, { recursive: true });
    const wav = await openOrMake(join(this.#folder, `${this.#cluster}.wav`));
    const lines = await open(join(this.#folder, `${this.#cluster}.jsonl`), 'a+');
    this.#files = { wav, lines };
    const { size } = await wav.stat();
    this.#frames = Math.max(0, Math.floor((size - HEADER_BYTES) / 2));
    if (this.#frames === 0) {
      await wav.truncate(0);
      await lines.truncate(0);
    } else {
      // A process that was killed left half a sample, a header of before, or lines of blocks that are not in the file.
      await wav.truncate(HEADER_BYTES + this.#frames * 2);
      await trimLines(lines, this.#frames);
    }
    await wav.write(header(this.#frames), 0, HEADER_BYTES, 0);
  }

  async #write(): Promise<void> {
    const files = this.#files;
    while (files && this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const at = this.#frames;
      let text = '';
      const kept: Buffer[] = [];
      for (const block of batch) {
        if (this.#frames + block.frames > MOST_FRAMES) break;
        text += `{"frame": ${this.#frames}, "trueMs": ${block.trueMs.toFixed(4)}}\n`;
        kept.push(block.samples);
        this.#frames += block.frames;
      }
      const sound = Buffer.concat(kept);
      if (sound.length > 0) await files.wav.write(sound, 0, sound.length, HEADER_BYTES + at * 2);
      if (text) await files.lines.appendFile(text);
    }
    this.#writing = false;
  }

  async #close(): Promise<void> {
    const files = this.#files;
    if (!files) return;
    await this.#write();
    this.#files = undefined;
    await files.wav.write(header(this.#frames), 0, HEADER_BYTES, 0);
    await files.wav.close();
    await files.lines.close();
    if (this.#dropped > 0) this.#log.warn({ event: 'capture-dropped', cluster: this.#cluster, blocks: this.#dropped });
    this.#dropped = 0;
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  // "a+" makes it without cutting it, but writes at its end only; the header is written at its beginning.
  await (await open(path, 'a')).close();
  return await open(path, 'r+');
}

/** Cuts the lines off whose blocks are not in the sound file. */
async function trimLines(lines: FileHandle, frames: number): Promise<void> {
  const { size } = await lines.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await lines.read(Buffer.alloc(size - from), 0, size - from, from);
  let end = 0;
  for (let start = 0; start < bytesRead; ) {
    const newline = buffer.indexOf(0x0a, start);
    if (newline < 0) break;
    const frame = /"frame": ?(\d+)/.exec(buffer.toString('utf8', start, newline))?.[1];
    // The first line may be cut at its front by the window; it is older than all that could be wrong.
    if (frame !== undefined && Number(frame) >= frames) break;
    start = newline + 1;
    end = start;
  }
  await lines.truncate(from + end);
}

function header(frames: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(Math.min(2 ** 32 - 1, 36 + frames * 2), 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(frames * 2, 40);
  return bytes;
}
