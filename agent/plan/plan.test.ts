import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '@tieng-lang/shared/contract/order';
import type { Plan } from '@tieng-lang/shared/contract/plan';
import { KeyRing } from '@tieng-lang/shared/signing/jws';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AgentDatabase, openDatabase } from '../database.ts';
import { StandInServer } from '../testing/stand-in-server.ts';
import { OrderBook } from './order-book.ts';
import { PlanStore } from './plan-store.ts';

const log = pino({ level: 'silent' });
const NOW_MS = 1_795_000_000_000;
const HOUR_MS = 3_600_000;
const clock = new ManualClock(NOW_MS);
const identity = { deviceId: 'huong-dao.C01.abcdef12', station: 'huong-dao', cluster: 'C01' };
const server = new StandInServer(clock);
const stranger = new StandInServer(clock);
let ring: KeyRing;
let folder: string;
let db: AgentDatabase;
let nowMs: number | undefined;
let answers: Answer[];

beforeAll(async () => {
  await server.start();
  await stranger.start();
  server.deviceId = identity.deviceId;
  stranger.deviceId = identity.deviceId;
  ring = await KeyRing.of(server.signingKeys);
});

afterAll(async () => {
  await server.stop();
  await stranger.stop();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-plan-'));
  db = openDatabase(folder);
  nowMs = NOW_MS;
  answers = [];
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openStore(deviceId = identity.deviceId): Promise<PlanStore> {
  const store = new PlanStore({ db, identity: { ...identity, deviceId }, ring, log, notBeforeMs: () => nowMs ?? 0 });
  await store.start();
  return store;
}

const openBook = () =>
  new OrderBook({
    db,
    deviceId: identity.deviceId,
    ring,
    log,
    nowMs: () => nowMs,
    stampMs: () => nowMs ?? 0,
    onAnswer: (answer) => answers.push(answer),
  });

function occurrence(broadcastId: string, startAtMs: number) {
  const item = { index: 0, bulletinId: 'n1', title: 'Thông báo', sha256: 'ab'.repeat(32), offsetMs: 0, durationMs: 60_000 };
  return { broadcastId, title: 'Buổi sáng', level: 'normal' as const, startAtMs, endAtMs: startAtMs + 60_000, volume: null, items: [item] };
}

function planWith(broadcasts: [string, number][], fromMs = NOW_MS): Plan {
  return {
    kind: 'plan',
    station: 'huong-dao',
    cluster: 'C01',
    fromMs,
    untilMs: fromMs + 7 * 24 * HOUR_MS,
    settings: { volume: 80, delayMs: 0 },
    occurrences: broadcasts.map(([id, startAtMs]) => occurrence(id, startAtMs)),
    media: [],
  };
}

const names = (store: PlanStore) => store.occurrences().map((held) => held.broadcastId);
const playOrder = (orderId: string, startAtMs = NOW_MS) => ({
  kind: 'play',
  orderId,
  occurrence: occurrence(`b-${orderId}`, startAtMs),
  media: [],
});

test('a signed plan is in force, survives a restart, and is not taken twice', async () => {
  const store = await openStore();
  const jws = await server.sign('plan', planWith([['b1', NOW_MS + HOUR_MS]]), { ver: 4 });
  expect(await store.acceptPlan(jws)).toBe('applied');
  expect(await store.acceptPlan(jws)).toBe('already-held');
  const again = await openStore();
  expect(again.planVersion).toBe(4);
  expect(names(again)).toEqual(['b1']);
});

test.each<[string, string, () => Promise<string>]>([
  ['signed by a stranger', 'message-not-signed', () => stranger.sign('plan', planWith([]), { ver: 9 })],
  ['for another device', 'message-not-addressed', () => server.sign('plan', planWith([]), { ver: 9, aud: 'huong-dao.C02.abcdef12' })],
  ['for another cluster', 'message-not-addressed', () => server.sign('plan', { ...planWith([]), cluster: 'C02' }, { ver: 9 })],
  ['that has expired', 'message-expired', () => server.sign('plan', planWith([]), { ver: 9, expAtMs: NOW_MS - 1000 })],
  ['older than the one in force', 'message-replayed', () => server.sign('plan', planWith([]), { ver: 3 })],
  ['that is an order', 'message-kind-unknown', () => server.sign('order', planWith([]), { ver: 9 })],
  ['that is an override', 'message-kind-unknown', () => server.sign('override', planWith([]), { ver: 9 })],
  ['of a kind that nobody knows', 'invalid-input', () => server.sign('plan', { ...planWith([]), kind: 'plan-2' }, { ver: 9 })],
  ['with a broken body', 'invalid-input', () => server.sign('plan', { ...planWith([]), occurrences: [{ broadcastId: 7 }] }, { ver: 9 })],
  ['that is noise', 'message-not-signed', async () => 'eyJhbGciOiJub25lIn0.e30.'],
])('a plan %s is refused, and the one in force goes on', async (_what, code, forge) => {
  const store = await openStore();
  await store.acceptPlan(await server.sign('plan', planWith([['b1', NOW_MS + HOUR_MS]]), { ver: 4 }));
  await expect(store.acceptPlan(await forge())).rejects.toMatchObject({ code });
  expect(names(store)).toEqual(['b1']);
  expect((await openStore()).planVersion).toBe(4);
});

test('a plan whose claims were altered on the disk is not played', async () => {
  const store = await openStore();
  await store.acceptPlan(await server.sign('plan', planWith([['b1', NOW_MS]]), { ver: 4 }));
  db.prepare("UPDATE documents SET jws = replace(jws, '.', '.x')").run();
  expect((await openStore()).planVersion).toBe(0);
});

test('while the time is unknown a plan counts by its version', async () => {
  nowMs = undefined;
  const store = await openStore();
  expect(await store.acceptPlan(await server.sign('plan', planWith([]), { ver: 1, expAtMs: NOW_MS - HOUR_MS }))).toBe('applied');
});

test('what ended before the new plan begins is remembered for a day; what the new plan leaves out ahead of it is not', async () => {
  const store = await openStore();
  await store.acceptPlan(
    await server.sign(
      'plan',
      planWith(
        [
          ['ended', NOW_MS - HOUR_MS],
          ['cancelled', NOW_MS + HOUR_MS],
          ['kept', NOW_MS + 2 * HOUR_MS],
        ],
        NOW_MS - 2 * HOUR_MS,
      ),
      { ver: 1 },
    ),
  );
  await store.acceptPlan(await server.sign('plan', planWith([['kept', NOW_MS + 2 * HOUR_MS]]), { ver: 2 }));
  expect(names(await openStore())).toEqual(['ended', 'kept']);
  await store.acceptPlan(await server.sign('plan', planWith([], NOW_MS + 25 * HOUR_MS), { ver: 3 }));
  expect(names(store)).toEqual(['kept']);
});

test('a box that was enrolled anew starts from nothing: no plan of its former life', async () => {
  await (await openStore()).acceptPlan(await server.sign('plan', planWith([['b1', NOW_MS]]), { ver: 40 }));
  expect((await openStore('huong-dao.C01.99999999')).planVersion).toBe(0);
});

test('an override replaces the one before it, whole, and survives a restart', async () => {
  const store = await openStore();
  const stop = { kind: 'stop', id: 's1', broadcastId: null, startedBeforeMs: NOW_MS, endAtMs: NOW_MS + HOUR_MS };
  const body = { kind: 'override', station: 'huong-dao', cluster: 'C01', items: [stop] };
  await store.acceptOverride(await server.sign('override', body, { ver: 1 }));
  expect((await openStore()).stops).toEqual([stop]);
  await store.acceptOverride(await server.sign('override', { ...body, items: [] }, { ver: 2 }));
  expect(store.stops).toEqual([]);
});

test('an order is carried out once and answered each time it comes', async () => {
  const book = openBook();
  const jws = await server.sign('order', playOrder('o1'), { ver: 1, expAtMs: NOW_MS + HOUR_MS });
  expect(await book.accept(jws)).toMatchObject({ kind: 'play', orderId: 'o1' });
  expect(await book.accept(jws)).toBeUndefined();
  // Signed anew by a server that lost track of it.
  expect(await openBook().accept(await server.sign('order', playOrder('o1'), { ver: 2, expAtMs: NOW_MS + HOUR_MS }))).toBeUndefined();
  expect(answers.map((answer) => [answer.orderId, answer.stage])).toEqual([
    ['o1', 'received'],
    ['o1', 'received'],
    ['o1', 'received'],
  ]);
});

test.each<[string, string, boolean, () => Promise<string>]>([
  ['signed by a stranger', 'message-not-signed', false, () => stranger.sign('order', playOrder('o9'), { ver: 1 })],
  [
    'for another device',
    'message-not-addressed',
    false,
    () => server.sign('order', playOrder('o9'), { ver: 1, aud: 'huong-dao.C02.abcdef12' }),
  ],
  ['that has ended', 'message-expired', true, () => server.sign('order', playOrder('o9'), { ver: 1, expAtMs: NOW_MS - 1000 })],
  ['of an unknown kind', 'message-kind-unknown', true, () => server.sign('order', { kind: 'self-destruct', orderId: 'o9' }, { ver: 1 })],
  ['with a broken body', 'invalid-input', true, () => server.sign('order', { kind: 'play', orderId: 'o9' }, { ver: 1 })],
])('an order %s is refused; it is answered only if it is properly ours', async (_what, code, isAnswered, forge) => {
  const book = openBook();
  await expect(book.accept(await forge())).rejects.toMatchObject({ code });
  expect(answers).toEqual(isAnswered ? [expect.objectContaining({ orderId: 'o9', stage: 'refused', reason: code })] : []);
  expect(book.plays()).toEqual([]);
});

test('while the time is unknown no order is obeyed, as nobody can tell whether it has ended', async () => {
  nowMs = undefined;
  await expect(openBook().accept(await server.sign('order', playOrder('o1'), { ver: 1 }))).rejects.toMatchObject({ code: 'time-unknown' });
  expect(answers).toMatchObject([{ orderId: 'o1', stage: 'refused', reason: 'time-unknown' }]);
});

test('a play order outlives a restart and is forgotten a day after its end', async () => {
  await openBook().accept(await server.sign('order', playOrder('o1'), { ver: 1 }));
  const book = openBook();
  expect(book.plays().map((play) => play.occurrence.broadcastId)).toEqual(['b-o1']);
  expect(book.prune(NOW_MS + HOUR_MS)).toBe(false);
  expect(book.prune(NOW_MS + 26 * HOUR_MS)).toBe(true);
  expect(book.plays()).toEqual([]);
});

test('stages go forward only, and those that could not be said are said on the next connection', async () => {
  const book = openBook();
  await book.accept(await server.sign('order', playOrder('o1'), { ver: 1 }));
  book.markAnswered({ orderId: 'o1', stage: 'received', atMs: NOW_MS });
  book.reachBroadcast('b-o1', 'started');
  book.reach('o1', 'ready');
  answers = [];
  openBook().answerUnanswered();
  expect(answers).toMatchObject([{ orderId: 'o1', stage: 'started' }]);
  book.markAnswered({ orderId: 'o1', stage: 'started', atMs: NOW_MS });
  answers = [];
  book.answerUnanswered();
  expect(answers).toEqual([]);
});
