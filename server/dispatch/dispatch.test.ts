import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type Order, order } from '@tieng-lang/shared/contract/order';
import { type Override, override } from '@tieng-lang/shared/contract/override';
import { type Plan, plan } from '@tieng-lang/shared/contract/plan';
import { topicOf } from '@tieng-lang/shared/contract/topics';
import { playNowId } from '@tieng-lang/shared/schedule/occurrence-id';
import { type Claims, KeyRing, verifyMessage } from '@tieng-lang/shared/signing/jws';
import type { Kysely } from 'kysely';
import type { MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLink, type Link } from '../broker/link.ts';
import { type BrokerHarness, type DeviceCredentials, startBrokerHarness } from '../broker/test-harness.ts';
import { openDatabase } from '../database/database.ts';
import { createSigningKeys, type SigningKeys } from '../identity/signing-keys.ts';
import { createSchedule } from '../schedule/schedule-service.ts';
import { ScheduleStore } from '../schedule/schedule-store.ts';
import { soundOf, TRIAL_STATION, type TrialCommune, trialCommune } from '../schedule/trial-commune.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';

const DAY_MS = 86_400_000;

let harness: BrokerHarness;
let folder: string;
let db: Kysely<unknown>;
let link: Link;
let signing: SigningKeys;
let ring: KeyRing;
let commune: TrialCommune;
let dispatch: Dispatch;

interface Heard {
  plans: { claims: Claims; body: Plan }[];
  overrides: { claims: Claims; body: Override }[];
  orders: { claims: Claims; body: Order }[];
}

/** A device of a cluster, with a real certificate on the real broker; verifies all that it is sent. */
async function device(code: string): Promise<{ client: MqttClient; heard: Heard; answer: (answer: Answer) => Promise<unknown> }> {
  const deviceId = commune.clusters.find((cluster) => cluster.code === code)?.deviceId ?? '';
  const credentials = known.get(deviceId) ?? (await harness.enrol(deviceId));
  known.set(deviceId, credentials);
  const client = await harness.connect(credentials);
  const heard: Heard = { plans: [], overrides: [], orders: [] };
  const address = { station: TRIAL_STATION, cluster: code };
  client.on('message', (topic, payload) => {
    const kind = (['plan', 'override', 'order'] as const).find((leaf) => topic === topicOf(address, leaf));
    if (!kind) return;
    void verifyMessage(payload.toString(), ring, { kind, deviceId, nowMs: harness.clock.nowMs() }).then((claims) => {
      if (kind === 'plan') heard.plans.push({ claims, body: plan.parse(claims.body) });
      else if (kind === 'override') heard.overrides.push({ claims, body: override.parse(claims.body) });
      else heard.orders.push({ claims, body: order.parse(claims.body) });
    });
  });
  await client.subscribeAsync(
    ['plan', 'override', 'order'].map((leaf) => topicOf(address, leaf as 'plan')),
    { qos: 1 },
  );
  return { client, heard, answer: (answer) => client.publishAsync(topicOf(address, 'answer'), JSON.stringify(answer), { qos: 1 }) };
}
const known = new Map<string, DeviceCredentials>();

function makeDispatch(): Dispatch {
  const { clock, log, events } = harness;
  const { content, fleet, records } = commune;
  const schedule = createSchedule({ db, clock, log, events, content, fleet, audit: { audit: async () => undefined } });
  return createDispatch({ db, clock, log, events, link, signing, fleet, schedule, records });
}

/** The server's process ends and another begins: nothing but the database and the broker is left. */
async function restart(): Promise<void> {
  await dispatch.stop();
  await link.stop();
  const { authority, broker, clock, log, events } = harness;
  link = createLink({ url: () => `mqtts://127.0.0.1:${broker.port}`, authority, clock, log, events });
  dispatch = makeDispatch();
  await dispatch.start();
  await link.start();
}

/** A daily session at an hour from now, straight into the table. */
async function scheduleDaily(id = 'sc-1', inMs = 3_600_000): Promise<void> {
  const startAtMs = harness.clock.nowMs() + inMs;
  await new ScheduleStore({ db }).add({
    id,
    programmeId: null,
    bulletinId: 'b1',
    targets: { all: true },
    start: new Date(startAtMs).toISOString().slice(0, 19),
    timeZone: 'UTC',
    rrule: 'FREQ=DAILY',
    exceptDates: [],
    validUntil: null,
    level: null,
    volume: null,
    decision: null,
    createdAtMs: 0,
    createdBy: 'x',
    createdByName: 'x',
  });
}

function playNow(startAtMs: number, durationMs = 60_000) {
  const sound = soundOf('now', durationMs);
  const occurrence = {
    broadcastId: playNowId('1'),
    title: 'now',
    level: 'normal' as const,
    startAtMs,
    endAtMs: startAtMs + durationMs,
    volume: null,
    items: [{ index: 0, bulletinId: 'b1', title: 'now', sha256: sound.sha256, offsetMs: 0, durationMs }],
  };
  return { kind: 'play' as const, occurrence, media: [{ sha256: sound.sha256, bytes: sound.bytes, durationMs }] };
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });

beforeEach(async () => {
  known.clear();
  harness = await startBrokerHarness();
  link = harness.link;
  folder = await mkdtemp(join(tmpdir(), 'dispatch-'));
  db = await openDatabase({ file: join(folder, 'tieng-lang.sqlite'), log: pino({ level: 'silent' }) });
  signing = createSigningKeys({ dataDir: folder, clock: harness.clock, log: harness.log });
  await signing.start();
  ring = await KeyRing.of(signing.publicKeys());
  commune = trialCommune();
  commune.bulletin('b1');
  dispatch = makeDispatch();
});

afterEach(async () => {
  await dispatch.stop();
  await signing.stop();
  await link.stop();
  await harness.stop();
  await db.destroy();
  await rm(folder, { recursive: true });
});

describe('the plan', () => {
  test('reaches every cluster, signed for its device, seven days and more ahead', async () => {
    await scheduleDaily();
    await dispatch.start();
    for (const { code, deviceId } of commune.clusters) {
      const { heard } = await device(code);
      await soon(() => expect(heard.plans).toHaveLength(1));
      const [{ claims, body } = { claims: undefined, body: undefined }] = heard.plans;
      expect(claims).toMatchObject({ aud: deviceId, ver: 1 });
      expect(body?.occurrences).toHaveLength(8);
      expect(body?.untilMs).toBeGreaterThan(harness.clock.nowMs() + 7 * DAY_MS);
      expect((claims?.exp ?? 0) * 1000).toBeGreaterThan(body?.untilMs ?? Number.POSITIVE_INFINITY);
      expect(dispatch.desiredPlanVersion(code)).toBe(1);
      expect(commune.expected.get(code)).toHaveLength(8);
    }
  });

  test('gets no new version while nothing changed, and over a restart of the server', async () => {
    await scheduleDaily();
    await dispatch.start();
    await dispatch.refresh();
    await restart();
    expect(commune.clusters.map(({ code }) => dispatch.desiredPlanVersion(code))).toEqual([1, 1, 1]);
  });

  test('gets one new version for a burst of changes, and only where it changes', async () => {
    await scheduleDaily();
    await dispatch.start();
    const near = await device('HD-01');
    const far = await device('HD-02');
    await soon(() => expect([near.heard.plans.length, far.heard.plans.length]).toEqual([1, 1]));
    const [cluster] = commune.clusters;
    if (cluster) cluster.volume = 55;
    for (let time = 0; time < 20; time++) harness.events.emit('schedule changed', { scheduleId: undefined });
    await soon(() => expect(near.heard.plans).toHaveLength(2));
    expect(near.heard.plans[1]).toMatchObject({ claims: { ver: 2 }, body: { settings: { volume: 55 } } });
    expect(dispatch.desiredPlanVersion('HD-02')).toBe(1);
    expect(far.heard.plans).toHaveLength(1);
  });

  test('loses a bulletin as soon as its approval is gone', async () => {
    await scheduleDaily();
    await dispatch.start();
    commune.bulletin('b1', { state: 'draft' });
    harness.events.emit('bulletin changed', { bulletinId: 'b1' });
    const { heard } = await device('HD-01');
    await soon(() => expect(heard.plans.at(-1)?.body.occurrences).toEqual([]));
    expect(commune.expected.get('HD-01')).toEqual([]);
  });

  test('is signed anew for a new device of the cluster, with a higher version', async () => {
    await scheduleDaily();
    await dispatch.start();
    const [cluster] = commune.clusters;
    if (cluster) cluster.deviceId = `${TRIAL_STATION}.HD-01.fedcba99`;
    harness.events.emit('device changed', { cluster: 'HD-01' });
    const { heard } = await device('HD-01');
    await soon(() => expect(heard.plans.at(-1)?.claims).toMatchObject({ aud: `${TRIAL_STATION}.HD-01.fedcba99`, ver: 2 }));
  });

  test('is said again when a cluster connects with an older one, and numbered above one that is newer than ours', async () => {
    await scheduleDaily();
    await dispatch.start();
    const { heard } = await device('HD-01');
    await soon(() => expect(heard.plans).toHaveLength(1));
    commune.connect('HD-01', { planVersion: 0 });
    harness.events.emit('cluster connected', { cluster: 'HD-01' });
    await soon(() => expect(heard.plans).toHaveLength(2));
    expect(heard.plans[1]?.claims.ver).toBe(1);
    // Our database is a backup from before the device's plan.
    commune.connect('HD-01', { planVersion: 41 });
    harness.events.emit('cluster connected', { cluster: 'HD-01' });
    await soon(() => expect(heard.plans.at(-1)?.claims.ver).toBe(42));
  });

  test('is said again to a broker that forgot it', async () => {
    await scheduleDaily();
    await dispatch.start();
    harness.broker.replace('silent');
    await soon(() => expect(link.connected).toBe(false));
    await soon(() => expect(link.connected).toBe(true));
    const { heard } = await device('HD-02');
    await soon(() => expect(heard.plans.length).toBeGreaterThan(0));
  });
});

describe('an order', () => {
  test('is answered stage by stage, and stages only go forward', async () => {
    await dispatch.start();
    const { heard, answer } = await device('HD-01');
    const startAtMs = harness.clock.nowMs() + 2500;
    const ids = await dispatch.order(playNow(startAtMs), ['HD-01'], startAtMs + 60_000);
    await soon(() => expect(heard.orders.length).toBeGreaterThan(0));
    const orderId = ids.get('HD-01') ?? '';
    expect(heard.orders[0]?.body).toMatchObject({ kind: 'play', orderId, occurrence: { startAtMs } });
    expect(dispatch.newestAnswer('HD-01')).toMatchObject({ title: 'now', answer: undefined });
    const stage = () => dispatch.newestAnswer('HD-01')?.answer?.stage;
    await answer({ orderId, stage: 'received', atMs: 1 });
    await soon(() => expect(stage()).toBe('received'));
    await answer({ orderId, stage: 'started', atMs: 3 });
    await soon(() => expect(stage()).toBe('started'));
    // Two that were held up on the way, and one of another order behind them by which they are known to have come.
    await answer({ orderId, stage: 'ready', atMs: 2 });
    await answer({ orderId, stage: 'received', atMs: 1 });
    const restartId = (await dispatch.order({ kind: 'restart' }, ['HD-01'], startAtMs + 60_000)).get('HD-01') ?? '';
    await answer({ orderId: restartId, stage: 'received', atMs: 4 });
    await soon(() => expect(dispatch.orderAnswer('HD-01', restartId)?.stage).toBe('received'));
    expect(stage()).toBe('started');
    await answer({ orderId, stage: 'finished', atMs: 5 });
    await soon(() => expect(stage()).toBe('finished'));
    expect(commune.expected.get('HD-01')?.map(({ broadcastId }) => broadcastId)).toContain(playNowId('1'));
  });

  test('that is not answered is repeated as the same order', async () => {
    await dispatch.start();
    const { heard } = await device('HD-01');
    await dispatch.order(playNow(harness.clock.nowMs()), ['HD-01'], harness.clock.nowMs() + 60_000);
    await soon(() => expect(heard.orders.length).toBeGreaterThanOrEqual(2));
    expect(new Set(heard.orders.map(({ claims }) => claims.jti)).size).toBe(1);
  });

  test('waits for a cluster that is away, also over a restart of the server, and reaches it when it connects', async () => {
    await dispatch.start();
    await dispatch.order(playNow(harness.clock.nowMs()), ['HD-01', 'HD-02'], harness.clock.nowMs() + 60_000);
    await restart();
    const { heard } = await device('HD-01');
    commune.connect('HD-01');
    harness.events.emit('cluster connected', { cluster: 'HD-01' });
    await soon(() => expect(heard.orders.length).toBeGreaterThan(0));
  });

  test('cannot be answered by another cluster', async () => {
    await dispatch.start();
    const other = await device('HD-02');
    const own = await device('HD-01');
    const ids = await dispatch.order(playNow(harness.clock.nowMs()), ['HD-01'], harness.clock.nowMs() + 60_000);
    const orderId = ids.get('HD-01') ?? '';
    await other.answer({ orderId, stage: 'finished', atMs: 1 });
    await other.client.publishAsync(topicOf({ station: TRIAL_STATION, cluster: 'HD-02' }, 'answer'), 'no JSON', { qos: 1 });
    await own.answer({ orderId, stage: 'received', atMs: 1 });
    await soon(() => expect(dispatch.newestAnswer('HD-01')?.answer?.stage).toBe('received'));
  });
});

describe('stop', () => {
  test('silences at once what has begun and what was just put on air, and not the evening session', async () => {
    await scheduleDaily('sc-evening', 6 * 3_600_000);
    await scheduleDaily('sc-now', -30_000);
    await dispatch.start();
    const { heard } = await device('HD-01');
    const nowMs = harness.clock.nowMs();
    await dispatch.order(playNow(nowMs + 2000), ['HD-01'], nowMs + 62_000);
    await dispatch.silence(['HD-01', 'HD-02', 'HD-03'], null);
    await soon(() => expect(heard.overrides).toHaveLength(1));
    const items = heard.overrides[0]?.body.items ?? [];
    expect(items.map(({ broadcastId }) => broadcastId).sort()).toEqual([playNowId('1'), null].sort());
    const [evening] = heard.plans.at(-1)?.body.occurrences.filter(({ startAtMs }) => startAtMs > nowMs + 3_600_000) ?? [];
    for (const item of items) {
      expect(item.startedBeforeMs).toBeGreaterThanOrEqual(nowMs);
      expect(item.startedBeforeMs).toBeLessThan(evening?.startAtMs ?? 0);
      expect(item.endAtMs).toBeGreaterThan(nowMs + 60_000);
    }
    expect(dispatch.newestAnswer('HD-01')).toBeUndefined();
  });

  test('of one broadcast leaves the others alone, and is not said where it does not play', async () => {
    await dispatch.start();
    const nowMs = harness.clock.nowMs();
    await dispatch.order(playNow(nowMs), ['HD-01', 'HD-02'], nowMs + 60_000);
    expect(dispatch.clustersOf(playNowId('1'))).toEqual(['HD-01', 'HD-02']);
    await dispatch.silence(dispatch.clustersOf(playNowId('1')), playNowId('1'));
    expect(dispatch.clustersOf(playNowId('1'))).toEqual([]);
    const first = await device('HD-01');
    const third = await device('HD-03');
    await soon(() => expect(first.heard.overrides[0]?.body.items).toMatchObject([{ broadcastId: playNowId('1') }]));
    expect(third.heard.overrides).toEqual([]);
  });

  test('is still in force after a restart of the server', async () => {
    await dispatch.start();
    await dispatch.silence(['HD-01'], null);
    await restart();
    const { heard } = await device('HD-01');
    await soon(() => expect(heard.overrides.at(-1)?.body.items).toHaveLength(1));
    expect(heard.overrides.at(-1)?.claims.ver).toBe(1);
  });
});
