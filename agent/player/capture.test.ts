import { appendFile, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Capture } from './capture.ts';

let folder: string;
const log = pino({ level: 'silent' });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capture-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const wavPath = () => join(folder, 'capture', 'HD-01.wav');
const linesPath = () => join(folder, 'capture', 'HD-01.jsonl');
const capture = () => new Capture({ folder: join(folder, 'capture'), cluster: 'HD-01', log });

async function record(blocks: number, fromMs: number): Promise<void> {
  const kept = capture();
  kept.opened();
  for (let i = 0; i < blocks; i++) kept.left(new Float32Array(960).fill(0.25), fromMs + i * 20);
  await kept.closed();
}

async function lines(): Promise<{ frame: number; trueMs: number }[]> {
  const text = await readFile(linesPath(), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { frame: number; trueMs: number });
}

async function expectSound(frames: number): Promise<void> {
  const bytes = await readFile(wavPath());
  expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
  expect(bytes.readUInt32LE(4)).toBe(36 + frames * 2);
  expect([bytes.readUInt16LE(20), bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34)]).toEqual([1, 1, 48_000, 16]);
  expect(bytes.readUInt32LE(40)).toBe(frames * 2);
  expect(bytes.length).toBe(44 + frames * 2);
  expect(bytes.readInt16LE(44)).toBe(8192);
}

test('holds every block with the instant of its first frame, and a right header when the card is closed', async () => {
  await record(50, 1_795_386_600_000.25);
  await expectSound(48_000);
  const list = await lines();
  expect(list).toHaveLength(50);
  expect(list[0]).toEqual({ frame: 0, trueMs: 1_795_386_600_000.25 });
  expect(list[49]).toEqual({ frame: 47_040, trueMs: 1_795_386_600_980.25 });
});

test('is continued when the card is opened again, by this process or the next', async () => {
  await record(10, 0);
  await record(5, 60_000);
  await expectSound(15 * 960);
  expect((await lines())[10]).toEqual({ frame: 9600, trueMs: 60_000 });
});

test('of a process that was killed is put right and continued', async () => {
  await record(10, 0);
  // A power cut: half a sample, a header that claims nothing, a line for a block that never got to the disk, half a line.
  await appendFile(wavPath(), Buffer.from([0x12]));
  const handle = await open(wavPath(), 'r+');
  await handle.write(Buffer.alloc(4), 0, 4, 40);
  await handle.close();
  await appendFile(linesPath(), '{"frame": 9600, "trueMs": 200.0000}\n{"frame": 105');
  await record(5, 60_000);
  await expectSound(15 * 960);
  const list = await lines();
  expect(list).toHaveLength(15);
  expect(list.map(({ frame }) => frame)).toEqual(Array.from({ length: 15 }, (_, i) => i * 960));
  expect(list[10]?.trueMs).toBe(60_000);
});

test('a folder that cannot be written costs the capture, not the sound', async () => {
  const kept = new Capture({ folder: '/dev/null/capture', cluster: 'HD-01', log });
  kept.opened();
  for (let i = 0; i < 1000; i++) kept.left(new Float32Array(960), i * 20);
  await kept.closed();
  await expect(stat(wavPath())).rejects.toThrow();
});
