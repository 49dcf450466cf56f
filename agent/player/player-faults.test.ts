import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Commune,
  compare,
  FRAMES_PER_MS,
  loudness,
  makeRecordings,
  occurrence,
  type Recordings,
  SPEECH,
  SPEECH_MS,
  START_MS,
  TUNE,
  TUNE_MS,
} from './testing/rig.ts';

const AT = START_MS + 60_000;
const HOUR_MS = 3_600_000;
const NEAR = 0.25 * FRAMES_PER_MS;

let folder: string;
let recordings: Recordings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'player-faults-'));
  recordings = await makeRecordings(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const speechAt = (id: string, startAtMs: number) => occurrence({ id, startAtMs, items: [{ sha256: SPEECH, durationMs: SPEECH_MS }] });

describe('a power cut', () => {
  test('in the middle of a bulletin: it is joined in step, and one receipt holds both parts', async () => {
    const commune = new Commune();
    const before = commune.cluster({ ppm: 30, files: recordings.files });
    await before.player.start();
    before.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 4000);
    before.kill();
    await commune.advanceTo(AT + 6000);
    const { ledger, heard, files } = before;
    const after = commune.cluster({ ppm: 30, files, ledger, heard });
    await after.player.start();
    after.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(Math.abs(compare(after, AT, recordings.speech, 9000, 200).lateBy)).toBeLessThan(NEAR);
    const receipt = ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'power-lost' });
    expect(Math.abs((receipt.startedAtMs ?? 0) - AT)).toBeLessThan(1);
    // Four seconds less what a power cut may forget (one), and the six after it less the opening of the card.
    expect(receipt.heardMs).toBeGreaterThan(3000 + 5500);
    expect(receipt.heardMs).toBeLessThan(10_000);
  });

  test('over the end of a bulletin: what was heard before it is reported, once', async () => {
    const commune = new Commune();
    const before = commune.cluster({ files: recordings.files });
    await before.player.start();
    before.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 4000);
    before.kill();
    await commune.advanceTo(AT + HOUR_MS);
    for (let restart = 0; restart < 2; restart++) {
      const after = commune.cluster({ ledger: before.ledger, files: recordings.files });
      await after.player.start();
      after.player.setOccurrences([speechAt('oc-a', AT)]);
      await commune.advance(2000);
      await commune.until(after.player.stop());
    }
    const receipt = before.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'power-lost' });
    expect(receipt.heardMs).toBeGreaterThan(2900);
    expect(receipt.heardMs).toBeLessThan(4100);
  });

  test('over the whole of a bulletin: it is not played at noon, and reported as missed', async () => {
    const commune = new Commune();
    await commune.advanceTo(AT + 6 * HOUR_MS);
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-morning', AT), speechAt('oc-last-week', AT - 7 * 24 * HOUR_MS)]);
    await commune.advance(5000);
    expect(rig.amplifier).toEqual([]);
    expect(rig.ledger.receipts).toHaveLength(1);
    expect(rig.ledger.receipt('oc-morning')).toMatchObject({ outcome: 'missed', reason: 'late', heardMs: 0, startedAtMs: null });
    rig.player.setOccurrences([speechAt('oc-morning', AT)]);
    await commune.advance(5000);
    expect(rig.ledger.receipts).toHaveLength(1);
  });
});

describe('time that is not known', () => {
  test('plays nothing on schedule and says so; when it is known again, plays on in step', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    rig.time.status = 'unknown';
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT), speechAt('oc-b', AT + 20_000)]);
    await commune.advanceTo(AT + 24_000);
    expect(rig.amplifier).toEqual([]);
    expect(rig.ledger.receipts).toEqual([]);
    rig.time.status = 'synced';
    await commune.advanceTo(AT + 40_000);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'missed', reason: 'time-unknown', heardMs: 0 });
    expect(rig.ledger.receipt('oc-b')).toMatchObject({ outcome: 'interrupted', reason: 'joined-late' });
    expect(Math.abs(compare(rig, AT + 20_000, recordings.speech, 8000, 200).lateBy)).toBeLessThan(NEAR);
  });
});

describe('recordings', () => {
  test('that never arrive are missed, with the reason', async () => {
    const commune = new Commune();
    const rig = commune.cluster();
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'missed', reason: 'media-missing' });
    expect(rig.amplifier).toEqual([]);
  });

  test('that are damaged are thrown away and reported; the next item still sounds', async () => {
    const commune = new Commune();
    const damaged = join(folder, 'damaged.opus');
    const bytes = await readFile(recordings.files.get(SPEECH) ?? '');
    bytes[20_000] = (bytes[20_000] ?? 0) ^ 0x10;
    await writeFile(damaged, bytes);
    const rig = commune.cluster({ files: new Map([...recordings.files, [SPEECH, damaged]]) });
    await rig.player.start();
    const items = [
      { sha256: SPEECH, durationMs: SPEECH_MS },
      { sha256: TUNE, durationMs: TUNE_MS },
    ];
    rig.player.setOccurrences([occurrence({ id: 'oc-a', startAtMs: AT, items })]);
    await commune.advanceTo(AT + SPEECH_MS + TUNE_MS + 2000);
    expect(rig.damaged[0]).toBe(SPEECH);
    expect(rig.ledger.receipt('oc-a', 0)).toMatchObject({ outcome: 'failed', reason: 'media-damaged' });
    expect(rig.ledger.receipt('oc-a', 1)).toMatchObject({ outcome: 'completed' });
  });
});

describe('a sound card', () => {
  test('that is pulled out and put back: one alarm, and the sound comes back in step', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: -60, files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 3000);
    rig.card.remove();
    await commune.advanceTo(AT + 6000);
    rig.card.putBack();
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(rig.alarms.filter(({ code }) => code === 'sound-card')).toHaveLength(1);
    expect(Math.abs(compare(rig, AT, recordings.speech, SPEECH_MS - 600, 200).lateBy)).toBeLessThan(NEAR);
    const receipt = rig.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'sound-card' });
    expect(receipt.heardMs).toBeLessThan(SPEECH_MS - 3000);
    expect(receipt.heardMs).toBeGreaterThan(5000);
  });

  test('that is not there at all: the bulletin failed, and the receipt says why', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    rig.card.remove();
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'failed', reason: 'sound-card', heardMs: 0 });
    expect(rig.alarms).toHaveLength(1);
  });

  test('that runs dry while the machine is busy: silence, then in step again, and an alarm', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: 90, files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 4000);
    rig.stall(true);
    await commune.advanceTo(AT + 5000);
    rig.stall(false);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(loudness(rig, AT + 4500, AT + 4900)).toBe(0);
    expect(Math.abs(compare(rig, AT, recordings.speech, 8000, 200).lateBy)).toBeLessThan(NEAR);
    expect(rig.alarms).toEqual([{ code: 'underrun', evidence: { lostMs: expect.any(Number) } }]);
    const receipt = rig.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'sound-card' });
    expect(Math.abs(receipt.heardMs - (SPEECH_MS - 700))).toBeLessThan(200);
  });

  test('whose driver hangs is closed and opened again', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 2000);
    rig.card.freeze();
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(rig.alarms.map(({ code }) => code)).toContain('sound-card');
    expect(rig.heard.openings).toBe(2);
    expect(loudness(rig, AT + 9000, AT + 11_000)).toBeGreaterThan(0.01);
  });

  test('whose rate jumps is followed within seconds', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: -20, files: recordings.files });
    await rig.player.start();
    const items = Array.from({ length: 4 }, () => ({ sha256: SPEECH, durationMs: SPEECH_MS }));
    rig.player.setOccurrences([occurrence({ id: 'oc-a', startAtMs: AT, items })]);
    await commune.advanceTo(AT + 6000);
    rig.card.setPpm(80);
    await commune.advanceTo(AT + 4 * SPEECH_MS);
    for (const fromMs of [1000, 6000]) {
      expect(Math.abs(compare(rig, AT + 3 * SPEECH_MS, recordings.speech, fromMs, 200).lateBy)).toBeLessThan(NEAR);
    }
    expect(Math.abs(compare(rig, AT + SPEECH_MS, recordings.speech, 500, 200).lateBy)).toBeLessThan(FRAMES_PER_MS);
  });
});

describe('a new plan', () => {
  test('that keeps what sounds does not disturb it', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    for (let second = 1; second <= 10; second++) {
      await commune.advanceTo(AT + second * 1000);
      rig.player.setOccurrences([speechAt('oc-a', AT), speechAt(`oc-later-${second}`, AT + HOUR_MS)]);
    }
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    for (const fromMs of [950, 4950, 9950]) expect(compare(rig, AT, recordings.speech, fromMs, 150).residualDb).toBeLessThan(-30);
    expect(rig.ledger.receipt('oc-a').outcome).toBe('completed');
  });

  test('that takes what sounds away silences it and says why', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT), speechAt('oc-b', AT + HOUR_MS)]);
    await commune.advanceTo(AT + 4000);
    rig.player.setOccurrences([]);
    await commune.advanceTo(AT + 6000);
    expect(loudness(rig, AT + 4400, AT + 6000)).toBe(0);
    expect(rig.ledger.receipts).toHaveLength(1);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'interrupted', reason: 'plan-changed' });
  });

  test('that leaves out what is just over takes nothing from its receipt', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + SPEECH_MS + 20);
    rig.player.setOccurrences([]);
    await commune.advance(2000);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'completed', reason: null });
  });
});
