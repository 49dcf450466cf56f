import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FromAlsa } from './alsa-messages.ts';
import { AlsaSink, alsaEntry } from './alsa-sink.ts';
import type { RenderRequest } from './sink.ts';

const clock = new SystemClock();
const log = pino({ level: 'silent' });

let folder: string;
let before: string | undefined;

// ALSA's own "file" and "null" devices: no card is needed, only libasound.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alsa-'));
  const path = join(folder, 'asound.conf');
  await writeFile(
    path,
    `pcm.kept { type file; slave.pcm silent; file "${folder}/kept.raw"; format raw }
     pcm.silent { type null }
     pcm.slow { type plug; slave { pcm silent; rate 44100 } }`,
  );
  before = process.env.ALSA_CONFIG_PATH;
  process.env.ALSA_CONFIG_PATH = path;
});

afterAll(async () => {
  if (before === undefined) delete process.env.ALSA_CONFIG_PATH;
  else process.env.ALSA_CONFIG_PATH = before;
  await rm(folder, { recursive: true, force: true });
});

/** Plays a ramp that names its frames, until enough was asked for; returns the requests. */
async function play(sink: AlsaSink, blocks: number): Promise<RenderRequest[]> {
  const requests: RenderRequest[] = [];
  await new Promise<void>((resolve, reject) => {
    sink
      .open((request) => {
        requests.push(request);
        if (requests.length === blocks) resolve();
        return Float32Array.from({ length: request.frames }, (_, i) => ((request.firstFrame + i) % 32_768) / 32_768);
      })
      .catch(reject);
  });
  await sink.close();
  return requests;
}

test('what is rendered goes to the card, sample for sample, frame after frame', async () => {
  const sink = new AlsaSink({ device: 'kept', clock, log });
  const requests = await play(sink, 20);
  for (const [index, request] of requests.entries()) {
    if (index > 0) expect(request.firstFrame).toBe((requests[index - 1]?.firstFrame ?? 0) + (requests[index - 1]?.frames ?? 0));
    expect(request.lostFrames).toBe(0);
  }
  const bytes = await readFile(join(folder, 'kept.raw'));
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
  expect(samples.length).toBeGreaterThanOrEqual(19 * 960);
  for (let frame = 0; frame < 19 * 960; frame++) if (samples[frame] !== frame % 32_768) expect(samples[frame]).toBe(frame % 32_768);
});

test('a report of the card is an instant of the clock that the agent goes by', async () => {
  const sink = new AlsaSink({ device: 'kept', clock, log });
  const fromMs = clock.monotonicMs();
  const requests = await play(sink, 20);
  const positions = requests.flatMap(({ position }) => (position ? [position] : []));
  expect(positions.length).toBeGreaterThan(0);
  for (const { monotonicMs } of positions) {
    expect(monotonicMs).toBeGreaterThan(fromMs);
    expect(monotonicMs).toBeLessThanOrEqual(clock.monotonicMs());
  }
});

test('is opened again after it was closed', async () => {
  const sink = new AlsaSink({ device: 'kept', clock, log });
  await play(sink, 5);
  expect((await play(sink, 5))[0]?.firstFrame).toBe(0);
});

test('a device that is not there is an error that says so', async () => {
  const sink = new AlsaSink({ device: 'khong-co', clock, log });
  await expect(sink.open(({ frames }) => new Float32Array(frames))).rejects.toThrow(/cannot open "khong-co"/);
});

test('a card that does not do 48 kHz by itself is refused rather than resampled in secret', async () => {
  const sink = new AlsaSink({ device: 'slow', clock, log });
  await expect(sink.open(({ frames }) => new Float32Array(frames))).rejects.toThrow(/48000/);
});

test('a card goes on for nobody: when the agent is gone, so is the process that holds it', async () => {
  const child = fork(alsaEntry(), [], { execArgv: [], serialization: 'advanced' });
  child.send({ kind: 'open', device: 'silent', periodFrames: 960, bufferFrames: 14_400 });
  const [opened] = (await once(child, 'message')) as [FromAlsa];
  expect(opened).toMatchObject({ kind: 'opened', channels: 1, periodFrames: 960, bufferFrames: 14_400 });
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
