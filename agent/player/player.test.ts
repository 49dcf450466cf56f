import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Commune, decodeWithFfmpeg, FRAMES_PER_MS, fit, makeOpus, occurrence, type Rig, START_MS } from './testing/rig.ts';

const SPEECH = 'a'.repeat(64);
const TUNE = 'b'.repeat(64);
const SPEECH_MS = 12_000;
const TUNE_MS = 4000;

let folder: string;
let files: Map<string, string>;
let speech: Float32Array;
let tune: Float32Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'player-'));
  files = new Map([
    [SPEECH, join(folder, 'speech.opus')],
    [TUNE, join(folder, 'tune.opus')],
  ]);
  // Noise in the band of a horn speaker, louder and quieter like speech; and a tune that glides.
  await makeOpus(
    join(folder, 'speech.opus'),
    `anoisesrc=r=48000:d=${SPEECH_MS / 1000}:c=pink:a=0.5:seed=7,lowpass=f=6000,tremolo=f=3:d=0.8`,
  );
  await makeOpus(join(folder, 'tune.opus'), `aevalsrc='0.4*sin(2*PI*(400*t+150*t*t))':s=48000:d=${TUNE_MS / 1000}`);
  speech = await decodeWithFfmpeg(join(folder, 'speech.opus'));
  tune = await decodeWithFfmpeg(join(folder, 'tune.opus'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** How what was heard from an instant on compares with a part of a recording. */
function compare(rig: Rig, atMs: number, recording: Float32Array, fromMs: number, lengthMs: number) {
  const wanted = recording.subarray(fromMs * FRAMES_PER_MS, (fromMs + lengthMs) * FRAMES_PER_MS);
  return fit(rig.heard.between(atMs + fromMs, atMs + fromMs + lengthMs), wanted);
}

describe('a scheduled bulletin', () => {
  test('sounds sample for sample from its planned instant, on cards that are 100 ppm fast and slow', async () => {
    const commune = new Commune();
    const at = START_MS + 60_000;
    const rigs = [-100, -37, 0, 61, 100].map((ppm, seed) => commune.cluster({ ppm, seed, files }));
    for (const rig of rigs) {
      await rig.player.start();
      rig.player.setOccurrences([occurrence({ id: 'oc-a', startAtMs: at, items: [{ sha256: SPEECH, durationMs: SPEECH_MS }] })]);
    }
    await commune.advanceTo(at + SPEECH_MS + 10_000);
    for (const rig of rigs) {
      const beginning = compare(rig, at, speech, 0, 100);
      const whole = compare(rig, at, speech, 6000, 200);
      expect(Math.abs(beginning.lateBy)).toBeLessThan(0.2 * FRAMES_PER_MS);
      expect(whole.gain).toBeCloseTo(1, 1);
    }
  });
});
