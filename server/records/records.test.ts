import type { Receipt } from '@tieng-lang/shared/contract/journal';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { sql } from 'kysely';
import type { MqttClient } from 'mqtt';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BrokerHarness, type DeviceCredentials, nextEvent, startBrokerHarness } from '../broker/test-harness.ts';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import type { FleetService } from '../services.ts';
import { createRecords, type Records } from './records.ts';

const HASH = 'ab'.repeat(32);
const MINUTE_MS = 60_000;

let harness: BrokerHarness;
let trial: TrialServer;
let records: Records;
let viewer: string;
let device: DeviceCredentials;
let client: MqttClient;
/** The clusters that are connected, for the reason of an absence. */
const connected = new Set<string>();
const seen: { epoch: string; seq: number }[] = [];
let fresh = 0;
let epoch: string;
let startMs: number;

beforeAll(async () => {
  harness = await startBrokerHarness();
  const fleet: Pick<FleetService, 'online'> = { online: (code) => (connected.has(code) ? ({ state: 'online' } as never) : undefined) };
  trial = await createTrialServer({
    routes: ({ db, clock }) => {
      records = createRecords({ db, clock, log: harness.log, events: harness.events, link: harness.link, fleet: () => fleet });
      return records.routes;
    },
  });
  await records.start();
  if (!harness.link.connected) await nextEvent(harness.events, 'broker connected');
  viewer = await trial.bearer('viewer');
  device = await harness.enrol('huong-dao.HD-01.aaaaaa');
  client = await harness.connect(device);
  client.on('message', (_topic, payload) => seen.push(JSON.parse(payload.toString())));
  await client.subscribeAsync('tl/1/huong-dao/HD-01/journal/seen', { qos: 1 });
});

afterAll(async () => {
  await records.stop();
  await trial.close();
  await harness.stop();
});

beforeEach(() => {
  fresh++;
  epoch = `epoch-${fresh}`;
  seen.length = 0;
  connected.clear();
  // Each test has a month of its own.
  trial.clock.step(31 * 86_400_000);
  startMs = Math.ceil(trial.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
});

const receipt = (change: Partial<Receipt> = {}): Receipt => ({
  broadcastId: `b-${fresh}`,
  itemIndex: 0,
  bulletinId: 'bulletin-1',
  title: 'Lịch tiêm chủng',
  level: 'normal',
  sha256: HASH,
  plannedAtMs: startMs,
  plannedMs: 30_000,
  startedAtMs: startMs + 0.2,
  heardMs: 30_000,
  outcome: 'completed',
  reason: null,
  skewMs: 0.2,
  rmsDbfs: -20,
  clock: 'synced',
  ...change,
});
const entry = (seq: number, change: Partial<Receipt> = {}) => ({
  kind: 'receipt',
  seq,
  atMs: startMs,
  receipt: receipt({ itemIndex: seq - 1, ...change }),
});

const occurrence = (change: Partial<PlanOccurrence> = {}): PlanOccurrence => ({
  broadcastId: `b-${fresh}`,
  title: 'Buổi phát sáng',
  level: 'normal',
  startAtMs: startMs,
  endAtMs: startMs + MINUTE_MS,
  volume: null,
  items: [0, 1].map((index) => ({
    index,
    bulletinId: 'bulletin-1',
    title: `Mục ${index}`,
    sha256: HASH,
    offsetMs: index * 30_000,
    durationMs: 30_000,
  })),
  ...change,
});

async function hand(entries: unknown[], seq: number, inEpoch = epoch): Promise<void> {
  await client.publishAsync('tl/1/huong-dao/HD-01/journal', JSON.stringify({ epoch: inEpoch, entries }), { qos: 1 });
  await vi.waitFor(() => expect(seen.at(-1)).toEqual({ epoch: inEpoch, seq }), { timeout: 5000 });
}

async function log(query = ''): Promise<{ cluster: string; itemIndex: number; outcome: string; reason?: string; heardMs: number }[]> {
  const window = `from=${new Date(startMs - MINUTE_MS).toISOString()}&to=${new Date(startMs + 20 * MINUTE_MS).toISOString()}`;
  const { status, body } = await supertest(trial.app).get(`/api/v1/receipts?${window}${query}`).set('Authorization', viewer);
  expect(status).toBe(200);
  return body.items;
}

/** Time passes, and the absences are looked for. */
async function pass(ms: number): Promise<void> {
  await trial.clock.advanceAsync(ms);
}

describe('a journal', () => {
  test('handed in is in the play log when it is acknowledged, as it was heard', async () => {
    await hand([entry(1), entry(2, { outcome: 'interrupted', reason: 'stopped', heardMs: 4000 })], 2);
    const lines = await log();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({
      cluster: 'HD-01',
      broadcastId: `b-${fresh}`,
      itemIndex: 0,
      title: 'Lịch tiêm chủng',
      level: 'normal',
      plannedAt: new Date(startMs).toISOString(),
      plannedMs: 30_000,
      startedAt: new Date(startMs).toISOString(),
      heardMs: 30_000,
      outcome: 'completed',
      sha256: HASH,
      skewMs: 0.2,
      rmsDbfs: -20,
    });
    expect(lines[1]).toMatchObject({ outcome: 'interrupted', reason: 'stopped', heardMs: 4000 });
  });

  test('handed in twice, overlapping, is there once, and the listeners hear of what is new only', async () => {
    const told: string[][] = [];
    const off = harness.events.on('receipts stored', ({ broadcastIds }) => {
      told.push([...broadcastIds]);
    });
    await hand([entry(1), entry(2)], 2);
    seen.length = 0;
    await hand([entry(1), entry(2)], 2);
    await hand([entry(2), entry(3)], 3);
    expect((await log()).map(({ itemIndex }) => itemIndex)).toEqual([0, 1, 2]);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    off();
  });

  test('with numbers that the cluster holds no more is not waited for', async () => {
    await hand([entry(5), entry(9)], 9);
    await hand([entry(10)], 10);
    expect(await log()).toHaveLength(3);
  });

  test('of a new memory card begins at one again, and is not taken for the old', async () => {
    await hand([entry(1), entry(2), entry(3)], 3);
    await hand([entry(1, { broadcastId: `b-${fresh}-next` })], 1, `${epoch}-card`);
    expect(await log()).toHaveLength(4);
    await hand([entry(1)], 3);
  });

  test('that tells of an item a second time counts only where it knows of more sound', async () => {
    await hand([entry(1, { heardMs: 20_000, outcome: 'interrupted', reason: 'power-lost' })], 1);
    await hand([{ ...entry(2), receipt: receipt({ itemIndex: 0, outcome: 'missed', reason: 'late', heardMs: 0, startedAtMs: null }) }], 2);
    expect(await log()).toMatchObject([{ outcome: 'interrupted', heardMs: 20_000 }]);
    await hand([{ ...entry(3), receipt: receipt({ itemIndex: 0 }) }], 3);
    expect(await log()).toMatchObject([{ outcome: 'completed', heardMs: 30_000 }]);
  });

  test('with an entry that nobody understands goes on behind it; the entry is kept and a person is told', async () => {
    const alarms: unknown[] = [];
    const off = harness.events.on('push', (event) => {
      if (event.name === 'alert') alarms.push(event.data);
    });
    const future = { kind: 'video', seq: 2, atMs: startMs, video: { title: 'to come' } };
    await hand([entry(1), future, entry(3)], 3);
    await hand([entry(4)], 4);
    expect((await log()).map(({ itemIndex }) => itemIndex)).toEqual([0, 2, 3]);
    await vi.waitFor(() =>
      expect(alarms).toMatchObject([{ cluster: 'HD-01', alarm: { code: 'message-refused', evidence: { topic: 'journal', seq: 2 } } }]),
    );
    const { rows } = await sql<{ raw: string }>`SELECT raw FROM journal_refused WHERE epoch = ${epoch}`.execute(trial.db);
    expect(rows.map(({ raw }) => JSON.parse(raw))).toEqual([future]);
    off();
  });

  test('of nothing but entries that nobody understands is acknowledged too', async () => {
    await hand([{ seq: 1 }, { seq: 2, kind: 'receipt' }], 2);
    await hand([entry(3)], 3);
  });

  test('that is no journal at all stops nothing, and floods nothing', async () => {
    const count = async () => (await sql<{ n: number }>`SELECT count(*) n FROM journal_refused`.execute(trial.db)).rows[0]?.n ?? 0;
    const before = await count();
    for (const junk of ['', 'null', '[]', '{"epoch":"x"}', '{"epoch":"x","entries":[]}', '\u0000', '{"epoch":5,"entries":[1]}']) {
      await client.publishAsync('tl/1/huong-dao/HD-01/journal', junk, { qos: 1 });
    }
    await hand([entry(1)], 1);
    expect((await count()) - before).toBeLessThanOrEqual(1);
  });

  test('with an alarm tells the consoles', async () => {
    const pushed = new Promise((resolve) => {
      const off = harness.events.on('push', (event) => {
        if (event.name !== 'alert') return;
        off();
        resolve(event.data);
      });
    });
    await hand([{ kind: 'alarm', seq: 1, atMs: startMs, alarm: { code: 'disk-full', evidence: { freeMb: 3 } } }], 1);
    expect(await pushed).toEqual({
      cluster: 'HD-01',
      at: new Date(startMs).toISOString(),
      alarm: { code: 'disk-full', evidence: { freeMb: 3 } },
    });
  });
});

describe('what should have sounded', () => {
  test('is no line of the log while it may still be reported', async () => {
    await records.expectPlan('HD-01', startMs, [occurrence()]);
    await pass(2.5 * MINUTE_MS);
    expect(await log()).toEqual([]);
  });

  test('and of which nothing was heard is missed, with the reason: not reported, or the cluster was not there', async () => {
    connected.add('HD-01');
    await records.expectPlan('HD-01', startMs, [occurrence()]);
    await records.expectPlan('HD-02', startMs, [occurrence()]);
    await pass(4 * MINUTE_MS);
    await vi.waitFor(async () =>
      expect(
        (await log()).map(({ cluster, itemIndex, outcome, reason, heardMs }) => [cluster, itemIndex, outcome, reason, heardMs]),
      ).toEqual([
        ['HD-01', 1, 'missed', 'not-reported', 0],
        ['HD-02', 1, 'missed', 'cluster-offline', 0],
        ['HD-01', 0, 'missed', 'not-reported', 0],
        ['HD-02', 0, 'missed', 'cluster-offline', 0],
      ]),
    );
  });

  test('is no longer missed when the receipt comes after days without a network', async () => {
    await records.expectPlan('HD-01', startMs, [occurrence()]);
    await pass(4 * MINUTE_MS);
    await vi.waitFor(async () => expect(await log()).toHaveLength(2));
    await hand([entry(1), entry(2, { plannedAtMs: startMs + 30_000 })], 2);
    expect((await log()).map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    await pass(4 * MINUTE_MS);
    expect((await log()).map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
  });

  test('follows the plan: what was taken out of it before its time is not missed, what has passed stays', async () => {
    const later = { broadcastId: `b-${fresh}-later`, startAtMs: startMs + 10 * MINUTE_MS, endAtMs: startMs + 11 * MINUTE_MS };
    await records.expectPlan('HD-01', startMs, [occurrence(), occurrence(later)]);
    await records.expectPlan('HD-01', startMs + 5 * MINUTE_MS, []);
    await pass(16 * MINUTE_MS);
    await vi.waitFor(async () => expect((await log()).map(({ outcome }) => outcome)).toEqual(['missed', 'missed']));
  });

  test('is not taken back by a plan that is compiled anew after it sounded', async () => {
    await hand([entry(1), entry(2, { plannedAtMs: startMs + 30_000 })], 2);
    await records.expectPlan('HD-01', startMs, [occurrence()]);
    await records.expectPlan('HD-01', startMs, []);
    expect(await log()).toHaveLength(2);
  });

  test('by an order counts like the plan, and a new plan does not touch it', async () => {
    await records.expectBroadcast(['HD-01', 'HD-02'], occurrence());
    await records.expectPlan('HD-01', startMs, []);
    await pass(4 * MINUTE_MS);
    await vi.waitFor(async () => expect(await log()).toHaveLength(4));
  });

  test('is not called missing while the broker is away and clusters cannot report, but not for ever', async () => {
    const back = nextEvent(harness.events, 'broker connected');
    harness.events.emit('broker lost', {});
    await records.expectPlan('HD-01', startMs, [occurrence()]);
    await pass(14 * MINUTE_MS);
    expect(await log()).toEqual([]);
    await pass(2 * MINUTE_MS);
    await vi.waitFor(async () => expect(await log()).toHaveLength(2));
    harness.events.emit('broker connected', {});
    await back;
    await pass(2 * MINUTE_MS);
  });
});

describe('the play log', () => {
  test('is read page by page, the newest first, each line once', async () => {
    await hand(
      Array.from({ length: 25 }, (_, index) => entry(index + 1, { plannedAtMs: startMs + Math.floor(index / 5) * 1000 })),
      25,
    );
    const window = `from=${new Date(startMs).toISOString()}&to=${new Date(startMs + MINUTE_MS).toISOString()}`;
    const found: number[] = [];
    let cursor = '';
    for (;;) {
      const { body } = await supertest(trial.app).get(`/api/v1/receipts?${window}&limit=7${cursor}`).set('Authorization', viewer);
      found.push(...body.items.map(({ itemIndex }: { itemIndex: number }) => itemIndex));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(found).toEqual([20, 21, 22, 23, 24, 15, 16, 17, 18, 19, 10, 11, 12, 13, 14, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4]);
  });

  test('is read for one cluster, one broadcast or one outcome', async () => {
    await hand([entry(1), entry(2, { outcome: 'failed', reason: 'sound-card' }), entry(3, { broadcastId: `b-${fresh}-other` })], 3);
    expect(await log('&cluster=HD-02')).toEqual([]);
    expect(await log(`&broadcast=b-${fresh}`)).toHaveLength(2);
    expect(await log('&outcome=failed')).toMatchObject([{ itemIndex: 1 }]);
  });

  test.each(['', 'from=yesterday&to=today', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'cursor=bm8'])(
    'refuses %j',
    async (query) => {
      const window = query.includes('from') || query === '' ? '' : 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&';
      const { status, body } = await supertest(trial.app).get(`/api/v1/receipts?${window}${query}`).set('Authorization', viewer);
      expect(status).toBe(422);
      expect(body.code).toBe('invalid-input');
    },
  );

  test('adds up a broadcast over its clusters: what sounded, what did not, what is still to come', async () => {
    await records.expectBroadcast(['HD-01', 'HD-02', 'HD-03'], occurrence());
    await hand([entry(1), entry(2, { plannedAtMs: startMs + 30_000, outcome: 'interrupted', reason: 'stopped' })], 2);
    const window = `from=${new Date(startMs).toISOString()}&to=${new Date(startMs + MINUTE_MS).toISOString()}`;
    const summary = async () =>
      (await supertest(trial.app).get(`/api/v1/receipts/summary?${window}`).set('Authorization', viewer)).body.items;
    const common = { broadcastId: `b-${fresh}`, title: 'Buổi phát sáng', level: 'normal', clusters: 3, items: 6, failed: 0, skipped: 0 };
    const instants = { plannedAt: new Date(startMs).toISOString(), endAt: new Date(startMs + MINUTE_MS).toISOString() };
    expect(await summary()).toEqual([{ ...common, ...instants, completed: 1, interrupted: 1, missed: 0, expected: 4 }]);
    await pass(4 * MINUTE_MS);
    await vi.waitFor(async () =>
      expect(await summary()).toEqual([{ ...common, ...instants, completed: 1, interrupted: 1, missed: 4, expected: 0 }]),
    );
  });
});
