import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 as sha256Schema } from '@tieng-lang/shared/contract/basics';

/**
 * The files behind the media, named by what they hold: originals as they were sent, and sounds as clusters fetch them.
 * Both are written elsewhere first, so that a name never stands for half a file; nothing here is ever deleted, since a
 * plan or a play log may name it.
 */
export class SoundFiles {
  readonly #originals: string;
  readonly #sounds: string;
  readonly #work: string;

  constructor(dataDir: string) {
    this.#originals = join(dataDir, 'originals');
    this.#sounds = join(dataDir, 'media');
    this.#work = join(dataDir, 'incoming');
  }

  /** Makes the folders, and clears what uploads and encodings of an earlier run left half done. */
  async start(): Promise<void> {
    await Promise.all([this.#originals, this.#sounds, this.#work].map((folder) => mkdir(folder, { recursive: true })));
    for (const leftOver of await readdir(this.#work)) await rm(join(this.#work, leftOver), { recursive: true, force: true });
  }

  /** A name for a file that nobody else has, on the same file system as its last place. */
  workFile(ending = ''): string {
    return join(this.#work, `${randomUUID()}${ending}`);
  }

  async discard(workFile: string): Promise<void> {
    await rm(workFile, { force: true });
  }

  original(sha256: string): string {
    return join(this.#originals, sha256Schema.parse(sha256));
  }

  /** Moves a finished work file to its last place. Resolves when a power cut cannot take it back. */
  async keepOriginal(workFile: string): Promise<string> {
    const sha256 = await hashOf(workFile);
    await moveDurably(workFile, this.#originals, sha256);
    return sha256;
  }

  async keepSound(workFile: string): Promise<{ sha256: string; bytes: number }> {
    const sha256 = await hashOf(workFile);
    const { size } = await stat(workFile);
    await moveDurably(workFile, this.#sounds, soundName(sha256));
    return { sha256, bytes: size };
  }

  /** The file that devices fetch; undefined when there is none of this hash. */
  async sound(sha256: string): Promise<{ path: string; bytes: number } | undefined> {
    if (!sha256Schema.safeParse(sha256).success) return undefined;
    const path = join(this.#sounds, soundName(sha256));
    try {
      return { path, bytes: (await stat(path)).size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function soundName(sha256: string): string {
  return `${sha256}.opus`;
}

/** In pieces of 64 KB, some 0.2 ms each, between which everybody else has their turn. */
async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Bytes first, then the name, then the folder: in any other order a power cut leaves a name without its bytes. */
async function moveDurably(file: string, folder: string, name: string): Promise<void> {
  await sync(file);
  await rename(file, join(folder, name));
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
