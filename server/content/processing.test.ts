import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { type MediaRow, MediaStore } from './media-store.ts';
import { Processing } from './processing.ts';
import { Ffmpeg } from './sound/ffmpeg.ts';
import { SampleSounds } from './sound/sample-sounds.ts';
import { SoundMaker } from './sound/sound-maker.ts';
import { SoundFiles } from './sound-files.ts';
import type { SpeechEngine } from './speech/engine.ts';
import { EspeakEngine } from './speech/espeak.ts';
import { Speech } from './speech/speech.ts';

const clock = new SystemClock();
const log = pino({ level: 'silent' });
const by = { id: 'u-lan', name: 'lan' };
let folder: string;
let db: Kysely<unknown>;
let store: MediaStore;
let files: SoundFiles;
let samples: SampleSounds;
const running: Processing[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tieng-lang-processing-'));
  db = await openDatabase({ file: join(folder, 'server.sqlite'), log });
  store = new MediaStore(db);
  files = new SoundFiles(folder);
  samples = new SampleSounds(folder);
  await files.start();
});

afterEach(async () => {
  for (const processing of running.splice(0)) await processing.stop();
  await db.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** Waits of seconds pass at once, so that retries are tried and not waited for. */
const hasty: Clock = {
  nowMs: () => clock.nowMs(),
  monotonicMs: () => clock.monotonicMs(),
  after: (_delayMs, run) => clock.after(1, run),
  every: (periodMs, run) => clock.every(periodMs, run),
};

function processing(options: { changed?: (id: string) => void; engine?: SpeechEngine; retries?: Clock } = {}): Processing {
  const made = new Processing({
    store,
    files,
    maker: new SoundMaker({ ffmpeg: new Ffmpeg({ clock }), log }),
    speech: new Speech({ engine: options.engine ?? new EspeakEngine({ clock }) }),
    clock: options.retries ?? clock,
    log,
    changed: options.changed ?? (() => undefined),
  });
  running.push(made);
  return made;
}

async function upload(id: string, seconds: number): Promise<void> {
  const workFile = files.workFile('.upload');
  await cp(await samples.speech(`${id}.wav`, { seconds }), workFile);
  const originalSha256 = await files.keepOriginal(workFile);
  await store.insert({
    id,
    title: id,
    origin: { kind: 'upload', originalSha256, originalName: id },
    createdAtMs: clock.nowMs(),
    createdBy: by,
  });
}

async function speech(id: string): Promise<void> {
  const order = { spoken: 'Mời bà con đi họp.', voice: 'vi-north', rate: 1 } as const;
  await store.insert({ id, title: id, origin: { kind: 'speech', speech: order }, createdAtMs: clock.nowMs(), createdBy: by });
}

function done(start: (changed: (id: string) => void) => Promise<void>, id: string): Promise<MediaRow> {
  return new Promise((resolve, reject) => {
    const look = async () => {
      const row = await store.find(id);
      if (row && row.state !== 'processing') resolve(row);
    };
    start((changed) => {
      if (changed === id) look().catch(reject);
    }).catch(reject);
  });
}

test('a server stopped in the middle of a recording takes it up again at its next start, and nothing half made is left', async () => {
  await upload('med-long', 60);
  const progress = new Promise<void>((resolve) => {
    const first = processing({ changed: () => resolve() });
    void first.start();
  });
  await progress;
  await running.splice(0)[0]?.stop();
  expect(await store.find('med-long')).toMatchObject({ state: 'processing', attempts: 0, sha256: null });
  expect(await readdir(join(folder, 'media'))).toEqual([]);

  await writeFile(files.workFile('.opus'), 'half an encoding, left by a server that was killed');
  await files.start();
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  const row = await done((changed) => processing({ changed }).start(), 'med-long');
  expect(row).toMatchObject({ state: 'ready', duration_ms: expect.closeTo(60_000, 0) });
  expect(await readdir(join(folder, 'media'))).toEqual([`${row.sha256}.opus`]);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('a file that brought the server down three times is refused, not tried for ever', async () => {
  await upload('med-poison', 1);
  for (let crash = 0; crash < 3; crash++) await store.beginAttempt('med-poison');
  const row = await done((changed) => processing({ changed }).start(), 'med-poison');
  expect(row).toMatchObject({ state: 'refused', refusal_code: 'media-processing-failed' });
});

test('a fault of the server itself is tried again before the recording is given up', async () => {
  await speech('med-spoken');
  let failures = 1;
  const espeak = new EspeakEngine({ clock });
  const engine: SpeechEngine = {
    speak: async (order) => {
      if (failures-- > 0) throw new Error('the disk is full for a moment');
      await espeak.speak(order);
    },
  };
  const row = await done((changed) => processing({ changed, engine, retries: hasty }).start(), 'med-spoken');
  expect(row).toMatchObject({ state: 'ready', attempts: 2 });
});

test('a voice that cannot speak says so, and nothing is left of the attempt', async () => {
  await speech('med-dumb');
  const engine: SpeechEngine = { speak: () => Promise.reject(new CodedError('speech-engine-failed')) };
  const row = await done((changed) => processing({ changed, engine }).start(), 'med-dumb');
  expect(row).toMatchObject({ state: 'refused', refusal_code: 'speech-engine-failed' });
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('where espeak-ng is not installed, the bulletin says which program is missing and how to get it', async () => {
  await speech('med-no-engine');
  const engine = new EspeakEngine({ clock, program: 'espeak-ng-that-is-not-there' });
  const row = await done((changed) => processing({ changed, engine }).start(), 'med-no-engine');
  expect(row.refusal_code).toBe('program-missing');
  expect(JSON.parse(row.refusal_params ?? '{}')).toMatchObject({ command: 'sudo apt install espeak-ng' });
});

test('the same recording uploaded twice is one file for the clusters', async () => {
  await upload('med-one', 1);
  const first = await done((changed) => processing({ changed }).start(), 'med-one');
  const original = await readFile(files.original(first.original_sha256 ?? ''));
  const again = files.workFile('.upload');
  await writeFile(again, original);
  expect(await files.keepOriginal(again)).toBe(first.original_sha256);
  await store.insert({
    id: 'med-two',
    title: 'again',
    origin: { kind: 'upload', originalSha256: first.original_sha256 ?? '', originalName: 'again' },
    createdAtMs: clock.nowMs(),
    createdBy: by,
  });
  const second = await done((changed) => processing({ changed }).start(), 'med-two');
  expect(second.sha256).toBe(first.sha256);
  expect(await readdir(join(folder, 'media'))).toHaveLength(1);
});
