import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MediaFile } from './media-file.ts';
import { DamagedMedia } from './ogg-page.ts';
import { openOpusSource, opusSource, type PcmSource } from './pcm-source.ts';
import { decodeWithFfmpeg, makeOpus } from './testing/rig.ts';

let folder: string;
let path: string;
let bytes: Uint8Array;
let decoded: Float32Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opus-'));
  path = join(folder, 'noise.opus');
  // Not a whole number of packets, so that the end has to be trimmed.
  await makeOpus(path, 'anoisesrc=r=48000:d=7.2345:c=pink:a=0.5:seed=3');
  bytes = await readFile(path);
  decoded = await decodeWithFfmpeg(path);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function inMemory(content: Uint8Array): MediaFile {
  return {
    bytes: content.length,
    read: (offset, length) => Promise.resolve(content.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

/** Reads a stretch as the player does: a little at a time, decoding ahead. */
async function readAll(source: PcmSource, from: number, count: number): Promise<Float32Array> {
  const out = new Float32Array(count);
  const block = new Float32Array(960);
  for (let at = 0; at < count; at += 960) {
    const frames = Math.min(960, count - at);
    while (!source.read(from + at, frames, block)) await source.prefetch(from + at);
    out.set(block.subarray(0, frames), at);
  }
  return out;
}

function loudestDifference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}

function residualDb(own: Float32Array, wanted: Float32Array): number {
  let left = 0;
  let all = 0;
  for (let i = 0; i < own.length; i++) {
    left += ((own[i] ?? 0) - (wanted[i] ?? 0)) ** 2;
    all += (wanted[i] ?? 0) ** 2;
  }
  return 10 * Math.log10(left / all + 1e-20);
}

describe('a recording', () => {
  test('is as long as its author made it, and sounds as ffmpeg decodes it', async () => {
    const source = await openOpusSource(path);
    expect(source.frames).toBe(Math.round(7.2345 * 48_000));
    const own = await readAll(source, 0, source.frames);
    await source.close();
    expect(loudestDifference(own, decoded.subarray(0, own.length))).toBeLessThan(1e-3);
  });

  test('is silence before its first and after its last sample', async () => {
    const source = await openOpusSource(path);
    const before = await readAll(source, -960, 1000);
    expect(before.subarray(0, 960).every((sample) => sample === 0)).toBe(true);
    const after = await readAll(source, source.frames - 40, 1000);
    expect(after.subarray(40).every((sample) => sample === 0)).toBe(true);
    await source.close();
  });

  test('joined anywhere is the same as played from its beginning', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 340_000 }), { minLength: 1, maxLength: 4 }), async (starts) => {
        const source = await openOpusSource(path);
        for (const start of starts) {
          const own = await readAll(source, start, 5000);
          // Its pre-roll (RFC 7845 §4.6) brings a decoder this close to one that heard everything; noise is the hardest.
          expect(residualDb(own, decoded.subarray(start, start + 5000))).toBeLessThan(-35);
        }
        await source.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('a damaged file is refused, never sounded', () => {
  test.each([
    ['nothing', () => new Uint8Array(0)],
    ['a text named .opus', () => new TextEncoder().encode('Kính thưa bà con! '.repeat(200))],
    ['headers only', () => bytes.subarray(0, 150)],
    ['a file cut in the middle of a page', () => bytes.subarray(0, 20_001)],
    ['a file with a hole', () => joined(bytes.subarray(0, 10_000), bytes.subarray(14_000))],
    ['a file with something behind it', () => joined(bytes, new Uint8Array(30))],
    ['two files in one', () => joined(bytes, bytes)],
  ])('%s', async (_, make) => {
    await expect(opusSource(inMemory(make()))).rejects.toBeInstanceOf(DamagedMedia);
  });

  test('any single flipped bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const flipped = Uint8Array.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        await expect(opusSource(inMemory(flipped))).rejects.toBeInstanceOf(DamagedMedia);
      }),
      { numRuns: 60 },
    );
  });

  test('a card that rots while the file is open is noticed where it is read', async () => {
    const rotting = Uint8Array.from(bytes);
    const source = await opusSource(inMemory(rotting));
    rotting.fill(0, 30_000, 31_000);
    await expect(readAll(source, 0, source.frames)).rejects.toBeInstanceOf(DamagedMedia);
    await source.close();
  });
});

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
