import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '@tieng-lang/shared/contract/order';
import type { OnlineState } from '@tieng-lang/shared/contract/state';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Agent, createAgent } from './agent.ts';
import { SimulatedBox } from './hardware/simulated-box.ts';
import { createSink } from './player/create-sink.ts';
import { type Published, StandInServer } from './testing/stand-in-server.ts';

const clock = new SystemClock();
const log = pino({ level: process.env.TL_LOG_LEVEL ?? 'silent' });
let server: StandInServer;
let dataDir: string;
let agents: Agent[] = [];
let restarts = 0;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agent-'));
  server = new StandInServer(clock);
  server.offsetMs = 12_345;
  await server.start();
  restarts = 0;
});

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  agents = [];
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function startAgent(code?: string, at?: { url: string; brokerUrl: string }): Promise<Agent> {
  const agent = createAgent({
    dataDir,
    clock,
    log,
    sink: ({ cluster }) => createSink({ kind: 'null', cluster, clock, log, captureFolder: dataDir }),
    hardware: ({ cluster, speakers }) => new SimulatedBox({ cluster, speakers, clock }),
    ...(at ? { server: at } : {}),
    ...(code === undefined ? {} : { server: { url: server.url, code } }),
    random: () => 0,
    onRestart: () => {
      restarts += 1;
    },
  });
  agents.push(agent);
  await agent.start();
  return agent;
}

const online = (message: Published) => JSON.parse(message.text) as OnlineState;
const answered = (message: Published) => JSON.parse(message.text) as Answer;
const isSynced = (message: Published) => online(message).clock?.status === 'synced';

function planOf(media: { sha256: string; bytes: number }[], startAtMs: number) {
  return {
    kind: 'plan',
    station: server.station,
    cluster: server.cluster,
    fromMs: startAtMs - 3_600_000,
    untilMs: startAtMs + 86_400_000,
    settings: { volume: 80, delayMs: 0 },
    media: media.map((file) => ({ ...file, durationMs: 1000 })),
    occurrences: [
      {
        broadcastId: 'b1',
        title: 'Bản tin sáng',
        level: 'normal',
        startAtMs,
        endAtMs: startAtMs + 1000 * media.length,
        volume: null,
        items: media.map((file, index) => ({
          index,
          bulletinId: 'n1',
          title: 'Thông báo',
          sha256: file.sha256,
          offsetMs: 1000 * index,
          durationMs: 1000,
        })),
      },
    ],
  };
}

const serverNowMs = () => clock.nowMs() + server.offsetMs;

test('a box out of its carton enrols, learns the time, fetches its plan and media and says so', async () => {
  const bytes = Buffer.alloc(300_000, 7);
  const sha256 = server.addMedia(bytes);
  const agent = await startAgent(server.code);
  await server.publish(
    'plan',
    await server.sign('plan', planOf([{ sha256, bytes: bytes.length }], serverNowMs() + 3_600_000), { ver: 3 }),
    true,
  );
  const done = online(await server.heard('state', (message) => online(message).media?.verified === 1 && isSynced(message)));
  expect(done).toMatchObject({ state: 'online', deviceId: agent.identity?.deviceId, planVersion: 3, media: { verified: 1, total: 1 } });
  expect(Math.abs(done.clock.offsetMs - 12_345)).toBeLessThan(50);
  expect(JSON.parse((await server.heard('health')).text)).toMatchObject({
    measurements: { mainsOn: true },
    speakers: [{ code: 'C01-L1' }, { code: 'C01-L2' }],
  });
});

test('a connection that was cut is made again under a new nonce, and a clean stop says offline with the last one', async () => {
  const agent = await startAgent(server.code);
  const first = online(await server.heard('state')).nonce;
  const port = await server.stopBroker();
  await server.startBroker(port);
  const second = online(await server.next('state')).nonce;
  expect(second).not.toBe(first);
  const farewell = server.next('state', (message) => (online(message).state as string) === 'offline');
  await agent.stop();
  expect(JSON.parse((await farewell).text)).toEqual({ state: 'offline', nonce: second });
});

test('an order that comes before the time is known waits for it instead of being refused', async () => {
  const sha256 = server.addMedia(Buffer.alloc(5_000, 3));
  server.answersClock = false;
  await startAgent(server.code);
  await server.heard('state');
  const startAtMs = serverNowMs() + 60_000;
  const [occurrence] = planOf([{ sha256, bytes: 5_000 }], startAtMs).occurrences;
  const body = {
    kind: 'play',
    orderId: 'o1',
    occurrence: { ...occurrence, broadcastId: 'now', endAtMs: startAtMs + 600_000 },
    media: [{ sha256, bytes: 5_000, durationMs: 1000 }],
  };
  await server.publish('order', await server.sign('order', body, { ver: 1 }));
  server.answersClock = true;
  const first = answered(await server.heard('answer'));
  expect(first).toMatchObject({ orderId: 'o1', stage: 'received' });
  expect(answered(await server.heard('answer', (message) => answered(message).stage === 'ready')).orderId).toBe('o1');
});

test('a forged order is not obeyed, and a technician hears of it once', async () => {
  await startAgent(server.code);
  await server.heard('state', isSynced);
  const stranger = new StandInServer(clock);
  await stranger.start();
  stranger.deviceId = server.deviceId;
  stranger.offsetMs = server.offsetMs;
  const forged = await stranger.sign('order', { kind: 'restart', orderId: 'evil' }, { ver: 9 });
  await stranger.stop();
  await server.publish('order', forged);
  await server.publish('order', forged);
  await server.heard('journal', (message) => message.text.includes('message-refused'));
  await server.publish('order', await server.sign('order', { kind: 'restart', orderId: 'good' }, { ver: 9 }));
  expect(answered(await server.heard('answer'))).toMatchObject({ orderId: 'good' });
  const alarms = [...server.journal.values()].filter((entry) => JSON.stringify(entry).includes('message-refused'));
  expect(alarms).toHaveLength(1);
});

test('a restart is answered before it happens', async () => {
  await startAgent(server.code);
  await server.heard('state', isSynced);
  await server.publish('order', await server.sign('order', { kind: 'restart', orderId: 'r1' }, { ver: 1 }));
  await server.heard('answer', (message) => answered(message).stage === 'finished');
  await expect.poll(() => restarts).toBe(1);
});

test('a server that moved is found under its new address, without enrolling again', async () => {
  const agent = await startAgent(server.code);
  await server.heard('state');
  await agent.stop();
  await server.stopBroker();
  await server.startBroker(0);
  await startAgent(undefined, { url: server.url, brokerUrl: server.brokerUrl });
  expect(online(await server.next('state'))).toMatchObject({ state: 'online', deviceId: agent.identity?.deviceId });
});

test('a restarted agent has its plan, its media and the time before anybody answers it', async () => {
  const sha256 = server.addMedia(Buffer.alloc(5_000, 9));
  const agent = await startAgent(server.code);
  await server.publish('plan', await server.sign('plan', planOf([{ sha256, bytes: 5_000 }], serverNowMs() + 3_600_000), { ver: 5 }), true);
  await server.heard('state', (message) => online(message).media?.verified === 1 && isSynced(message));
  await agent.stop();
  const port = await server.stopBroker();
  server.answersClock = false;
  await server.startBroker(port);
  await startAgent();
  const again = online(await server.next('state'));
  expect(again).toMatchObject({ planVersion: 5, media: { verified: 1, total: 1 }, clock: { status: 'holdover' } });
  expect(Math.abs(again.clock.offsetMs - 12_345)).toBeLessThan(50);
  expect(server.mediaRequests).toHaveLength(1);
});
