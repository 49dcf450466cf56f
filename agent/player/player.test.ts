import { mkdtemp, rm } from 'node:fs/promises';
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

/** A quarter of a millisecond: a quarter of what is promised for a start. */
const NEAR = 0.25 * FRAMES_PER_MS;

/** What is left beside the recording when its lateness is taken out; 300 ppm of servo move it by 3 samples in 200 ms. */
const CLEAN_DB = -30;

let folder: string;
let recordings: Recordings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'player-'));
  recordings = await makeRecordings(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const speechAt = (id: string, startAtMs: number) => occurrence({ id, startAtMs, items: [{ sha256: SPEECH, durationMs: SPEECH_MS }] });

describe('a scheduled bulletin', () => {
  test('sounds the recording from its planned instant to its end, on cards that are 100 ppm fast and slow', async () => {
    const commune = new Commune();
    const rigs = [-100, -37, 0, 61, 100].map((ppm, seed) => commune.cluster({ ppm, seed, files: recordings.files }));
    for (const rig of rigs) {
      await rig.player.start();
      rig.player.setOccurrences([speechAt('oc-a', AT)]);
    }
    await commune.advanceTo(AT + SPEECH_MS + 10_000);
    for (const rig of rigs) {
      for (const fromMs of [0, 3000, 7000, SPEECH_MS - 200]) {
        const found = compare(rig, AT, recordings.speech, fromMs, 200);
        expect(Math.abs(found.lateBy)).toBeLessThan(NEAR);
        expect(found.gain).toBeCloseTo(1, 2);
        expect(found.residualDb).toBeLessThan(CLEAN_DB);
      }
    }
  });

  test('leaves a receipt that says what was heard, when and how loud', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: 40, files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    const receipt = rig.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'completed', reason: null, sha256: SPEECH, plannedAtMs: AT, plannedMs: SPEECH_MS });
    expect(Math.abs((receipt.startedAtMs ?? 0) - AT)).toBeLessThan(1);
    expect(Math.abs(receipt.heardMs - SPEECH_MS)).toBeLessThan(25);
    expect(Math.abs(receipt.skewMs ?? 1)).toBeLessThan(0.5);
    const meanSquare = recordings.speech.reduce((sum, sample) => sum + sample * sample, 0) / recordings.speech.length;
    expect(receipt.rmsDbfs).toBeCloseTo(10 * Math.log10(meanSquare), 1);
  });

  test('switches the amplifier on before it and off after it, and in between rests', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT), speechAt('oc-b', AT + 600_000)]);
    await commune.advanceTo(AT - 10_000);
    expect(rig.amplifier).toEqual([]);
    expect(rig.player.outputDbfs).toBeNull();
    await commune.advanceTo(AT - 1000);
    expect(rig.amplifier).toEqual([true]);
    await commune.advanceTo(AT + SPEECH_MS + 8000);
    expect(rig.amplifier).toEqual([true, false]);
    expect(rig.heard.openings).toBe(1);
    await commune.advanceTo(AT + 600_000);
    expect(rig.amplifier).toEqual([true, false, true]);
  });

  test('is heard in step from the first second, because the card was measured in silence after the start', async () => {
    const commune = new Commune();
    const rigs = [-100, 0, 100].map((ppm, seed) => commune.cluster({ ppm, seed, files: recordings.files, measureCardMs: 20_000 }));
    for (const rig of rigs) {
      await rig.player.start();
      rig.player.setOccurrences([speechAt('oc-a', AT)]);
    }
    await commune.advanceTo(AT - 30_000);
    for (const rig of rigs) {
      expect(rig.heard.openings).toBe(1);
      expect(rig.amplifier).toEqual([]);
      expect(rig.player.outputDbfs).toBeNull();
    }
    await commune.advanceTo(AT + 3000);
    for (const rig of rigs) {
      const found = compare(rig, AT, recordings.speech, 0, 2000);
      expect(Math.abs(found.lateBy)).toBeLessThan(0.1 * FRAMES_PER_MS);
      // Over two seconds as one: nothing wavers.
      expect(found.residualDb).toBeLessThan(-25);
    }
  });

  test('tells what sounds, from the first sample to the last', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT - 40);
    expect(rig.playing).toEqual([]);
    await commune.advanceTo(AT + 60);
    expect(rig.player.playing).toMatchObject({ broadcastId: 'oc-a', itemIndex: 0, itemStartAtMs: AT, itemDurationMs: SPEECH_MS });
    expect(rig.stages).toEqual(['oc-a started']);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(rig.player.playing).toBeNull();
    expect(rig.stages).toEqual(['oc-a started', 'oc-a finished']);
    expect(rig.playing.at(-1)).toBeNull();
    expect(rig.playing.length).toBeLessThanOrEqual(SPEECH_MS / 1000 + 2);
  });

  test('is louder or quieter by its volume, and later by the delay of its pole', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setSettings({ volume: 100, delayMs: 170 });
    rig.player.setOccurrences([{ ...speechAt('oc-a', AT), volume: 50 }]);
    await commune.advanceTo(AT + 3000);
    const found = compare(rig, AT + 170, recordings.speech, 0, 200);
    expect(Math.abs(found.lateBy)).toBeLessThan(NEAR);
    expect(20 * Math.log10(found.gain)).toBeCloseTo(-20, 1);
  });

  test('gives the monitor every block with its instant', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files, ppm: 80 });
    const blocks: number[] = [];
    await rig.player.start();
    const untap = rig.player.tap((block, atMs) => {
      expect(block.length).toBe(960);
      blocks.push(atMs);
    });
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 1000);
    untap();
    const count = blocks.length;
    await commune.advanceTo(AT + 2000);
    expect(blocks.length).toBe(count);
    expect(count).toBeGreaterThan(200);
    for (let i = 1; i < count; i++) expect(Math.abs((blocks[i] ?? 0) - (blocks[i - 1] ?? 0) - 20)).toBeLessThan(0.7);
  });
});

describe('a session of several items', () => {
  test('goes from one to the next without a gap and without touching either', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: -90, files: recordings.files });
    await rig.player.start();
    const items = [
      { sha256: TUNE, durationMs: TUNE_MS },
      { sha256: SPEECH, durationMs: SPEECH_MS },
      { sha256: TUNE, durationMs: TUNE_MS },
    ];
    rig.player.setOccurrences([occurrence({ id: 'oc-a', startAtMs: AT, items })]);
    await commune.advanceTo(AT + 2 * TUNE_MS + SPEECH_MS + 2000);
    const parts = [
      { recording: recordings.tune, atMs: AT, fromMs: 0 },
      { recording: recordings.tune, atMs: AT, fromMs: TUNE_MS - 400 },
      { recording: recordings.speech, atMs: AT + TUNE_MS, fromMs: 0 },
      { recording: recordings.speech, atMs: AT + TUNE_MS, fromMs: SPEECH_MS - 400 },
      { recording: recordings.tune, atMs: AT + TUNE_MS + SPEECH_MS, fromMs: 0 },
    ];
    for (const { recording, atMs, fromMs } of parts) {
      const found = compare(rig, atMs, recording, fromMs, 400);
      expect(Math.abs(found.lateBy)).toBeLessThan(NEAR);
      expect(found.residualDb).toBeLessThan(CLEAN_DB);
    }
    expect(rig.ledger.receipts.map(({ itemIndex, outcome }) => `${itemIndex} ${outcome}`)).toEqual([
      '0 completed',
      '1 completed',
      '2 completed',
    ]);
    expect(rig.heard.openings).toBe(1);
  });
});

describe('being in step', () => {
  test('a cluster that is switched on in the middle joins at the right place', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: 70, files: recordings.files });
    await commune.advanceTo(AT + 3000);
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    const found = compare(rig, AT, recordings.speech, 6000, 200);
    expect(Math.abs(found.lateBy)).toBeLessThan(NEAR);
    const receipt = rig.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'joined-late' });
    // Opening a card and its 60 ms of first silence are what is lost.
    expect((receipt.startedAtMs ?? 0) - AT - 3000).toBeLessThan(500);
    expect(Math.abs(receipt.heardMs - (AT + SPEECH_MS - (receipt.startedAtMs ?? 0)))).toBeLessThan(60);
  });

  test('a bulletin whose file arrives late is joined, not begun', async () => {
    const commune = new Commune();
    const files = new Map<string, string>();
    const rig = commune.cluster({ files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 2000);
    expect(rig.amplifier).toEqual([]);
    files.set(SPEECH, recordings.files.get(SPEECH) ?? '');
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(Math.abs(compare(rig, AT, recordings.speech, 5000, 200).lateBy)).toBeLessThan(NEAR);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'interrupted', reason: 'joined-late' });
  });

  test('a step of the synced time moves the sound at once', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 2000);
    // The device thought it to be 80 ms later than it was.
    rig.time.offsetMs -= 80;
    await commune.advanceTo(AT + 5000);
    expect(Math.abs(compare(rig, AT + 80, recordings.speech, 3000, 200).lateBy)).toBeLessThan(NEAR);
  });

  test('a step of the wall clock alone changes nothing', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT - 10_000);
    commune.clock.step(-3_600_000);
    await commune.advance(10_000 + SPEECH_MS + 2000);
    expect(rig.ledger.receipt('oc-a').outcome).toBe('completed');
  });

  test('a pure tone stays pure on a card that drifts: no click, no step, no noise', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: -100, files: recordings.files });
    await rig.player.start();
    const repeated = Array.from({ length: 5 }, () => ({ sha256: TUNE, durationMs: TUNE_MS }));
    rig.player.setOccurrences([occurrence({ id: 'oc-a', startAtMs: AT, items: repeated })]);
    await commune.advanceTo(AT + 5 * TUNE_MS);
    // A glide of an amplitude of 0.4 whose slope never leaves ±0.4·2π·f/48000: a click would.
    const heard = rig.heard.between(AT + 100, AT + TUNE_MS - 100);
    let steepest = 0;
    for (let i = 1; i < heard.length; i++) steepest = Math.max(steepest, Math.abs((heard[i] ?? 0) - (heard[i - 1] ?? 0)));
    expect(steepest).toBeLessThan((0.42 * 2 * Math.PI * 1600) / 48_000);
  });
});

describe('an emergency', () => {
  test('takes over from what sounds, and gives it back in step', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ ppm: 55, files: recordings.files });
    await rig.player.start();
    const normal = speechAt('oc-a', AT);
    rig.player.setOccurrences([normal]);
    await commune.advanceTo(AT + 3000);
    const urgentAt = AT + 4000;
    const urgent = occurrence({ id: 'now-x', startAtMs: urgentAt, items: [{ sha256: TUNE, durationMs: TUNE_MS }], level: 'emergency' });
    rig.player.setOccurrences([normal, urgent]);
    await commune.advanceTo(AT + SPEECH_MS + 2000);
    expect(Math.abs(compare(rig, AT, recordings.speech, 3500, 200).lateBy)).toBeLessThan(NEAR);
    expect(compare(rig, urgentAt, recordings.tune, 0, 200).residualDb).toBeLessThan(CLEAN_DB);
    expect(compare(rig, urgentAt, recordings.tune, TUNE_MS - 200, 200).residualDb).toBeLessThan(CLEAN_DB);
    const after = compare(rig, AT, recordings.speech, 9000, 200);
    expect(Math.abs(after.lateBy)).toBeLessThan(NEAR);
    expect(after.residualDb).toBeLessThan(CLEAN_DB);
    expect(rig.ledger.receipt('now-x')).toMatchObject({ outcome: 'completed', level: 'emergency' });
    const receipt = rig.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'pre-empted' });
    expect(Math.abs(receipt.heardMs - (SPEECH_MS - TUNE_MS))).toBeLessThan(60);
  });

  test('that comes while the card is closed is heard within half a second', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    await commune.advanceTo(AT - 100);
    const urgent = occurrence({ id: 'now-x', startAtMs: AT, items: [{ sha256: TUNE, durationMs: TUNE_MS }], level: 'emergency' });
    rig.player.setOccurrences([urgent]);
    await commune.advanceTo(AT + 600);
    expect(loudness(rig, AT + 300, AT + 500)).toBeGreaterThan(0.2);
  });
});

describe('stopping', () => {
  test('silences what sounds at once, without a crack, and skips what was to come', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    const items = [
      { sha256: SPEECH, durationMs: SPEECH_MS },
      { sha256: TUNE, durationMs: TUNE_MS },
    ];
    rig.player.setOccurrences([occurrence({ id: 'oc-a', startAtMs: AT, items })]);
    await commune.advanceTo(AT + 5000);
    rig.player.setOverride([{ kind: 'stop', id: 's', broadcastId: 'oc-a', startedBeforeMs: AT + 5000, endAtMs: AT + 3_600_000 }]);
    await commune.advanceTo(AT + 6000);
    expect(loudness(rig, AT + 4500, AT + 5000)).toBeGreaterThan(0.01);
    expect(loudness(rig, AT + 5400, AT + 6000)).toBe(0);
    expect(rig.ledger.receipt('oc-a', 0)).toMatchObject({ outcome: 'interrupted', reason: 'stopped' });
    expect(rig.ledger.receipt('oc-a', 0).heardMs).toBeGreaterThan(5000);
    expect(rig.ledger.receipt('oc-a', 0).heardMs).toBeLessThan(5400);
    expect(rig.ledger.receipt('oc-a', 1)).toMatchObject({ outcome: 'skipped', reason: 'stopped', heardMs: 0, startedAtMs: null });
    expect(rig.stages).toEqual(['oc-a started', 'oc-a finished']);
  });

  test('everything silences the commune but not what is put on air afterwards', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 2000);
    rig.player.setOverride([{ kind: 'stop', id: 's', broadcastId: null, startedBeforeMs: AT + 2000, endAtMs: AT + 3_600_000 }]);
    await commune.advanceTo(AT + 3000);
    const again = occurrence({ id: 'now-b', startAtMs: AT + 4000, items: [{ sha256: TUNE, durationMs: TUNE_MS }] });
    rig.player.setOccurrences([speechAt('oc-a', AT), again]);
    await commune.advanceTo(AT + 4000 + TUNE_MS + 2000);
    expect(rig.ledger.receipt('oc-a')).toMatchObject({ outcome: 'interrupted', reason: 'stopped' });
    expect(rig.ledger.receipt('now-b')).toMatchObject({ outcome: 'completed' });
  });

  test('the player closes the card, writes its receipt and leaves no timer', async () => {
    const commune = new Commune();
    const rig = commune.cluster({ files: recordings.files });
    await rig.player.start();
    rig.player.setOccurrences([speechAt('oc-a', AT)]);
    await commune.advanceTo(AT + 3000);
    await commune.until(rig.player.stop());
    expect(commune.clock.armed).toBe(0);
    expect(rig.amplifier.at(-1)).toBe(false);
    const receipt = rig.ledger.receipt('oc-a');
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'power-lost' });
    expect(receipt.heardMs).toBeGreaterThan(3000);
    expect(receipt.heardMs).toBeLessThan(3500);
  });
});
