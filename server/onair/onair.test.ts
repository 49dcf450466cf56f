import { spawnSync } from 'node:child_process';
import { get as httpGet, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onairAnswer, playAnswer } from '@tieng-lang/shared/contract/http/onair';
import { encodeMonitorFrame } from '@tieng-lang/shared/contract/monitor';
import type { Answer } from '@tieng-lang/shared/contract/order';
import type { AgentPublishes } from '@tieng-lang/shared/contract/topics';
import { pino } from 'pino';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDispatch, type Dispatch } from '../dispatch/dispatch.ts';
import { Events } from '../events.ts';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { createSchedule } from '../schedule/schedule-service.ts';
import { TRIAL_STATION, type TrialCommune, trialCommune } from '../schedule/trial-commune.ts';
import type { BrokerLink } from '../services.ts';
import { createOnair, type Onair } from './onair.ts';
import { SILENT_PACKET } from './packet-queue.ts';

/** The broker's link, at the edge: what is published is kept, and clusters can be spoken for. */
class TrialLink implements BrokerLink {
  readonly connected = true;
  readonly published: { cluster: string; leaf: string }[] = [];
  readonly #handlers = new Map<AgentPublishes, Parameters<BrokerLink['handle']>[1]>();

  async publish(...[address, leaf]: Parameters<BrokerLink['publish']>): Promise<void> {
    this.published.push({ cluster: address.cluster, leaf });
  }

  handle(leaf: AgentPublishes, handler: Parameters<BrokerLink['handle']>[1]): void {
    this.#handlers.set(leaf, handler);
  }

  async say(cluster: string, leaf: AgentPublishes, payload: Uint8Array | string): Promise<void> {
    await this.#handlers.get(leaf)?.({ station: TRIAL_STATION, cluster }, Buffer.from(payload), 0);
  }
}

let commune: TrialCommune;
let server: TrialServer;
let link: TrialLink;
let events: Events;
let dispatch: Dispatch;
let onair: Onair;
let broadcaster: string;

beforeEach(async () => {
  commune = trialCommune();
  commune.bulletin('b1');
  link = new TrialLink();
  const log = pino({ level: 'silent' });
  events = new Events(log);
  server = await createTrialServer({
    routes: ({ db, clock, identity }) => {
      const { content, fleet, records } = commune;
      const schedule = createSchedule({ db, clock, log, events, content, fleet, audit: identity });
      const signing = { sign: async () => 'signed' };
      dispatch = createDispatch({ db, clock, log, events, link, signing, fleet, schedule, records });
      onair = createOnair({ clock, log, events, link, fleet, schedule, dispatch, audit: identity });
      return [...schedule.routes, ...onair.routes];
    },
  });
  await dispatch.start();
  await onair.start();
  broadcaster = await server.bearer('broadcaster');
});

afterEach(async () => {
  await onair.stop();
  await dispatch.stop();
  expect(server.clock.armed).toBe(0);
  await server.close();
});

const post = (path: string, body: object, as = broadcaster) =>
  supertest(server.app).post(`/api/v1${path}`).set('Authorization', as).send(body);
const shown = async () => {
  const { body } = await supertest(server.app).get('/api/v1/onair').set('Authorization', broadcaster);
  return new Map(onairAnswer.parse(body).clusters.map((cluster) => [cluster.code, cluster]));
};
const play = async (targets: object = { all: true }) => playAnswer.parse((await post('/onair/play', { bulletinId: 'b1', targets })).body);
const answer = (cluster: string, stage: Answer['stage']) => {
  const orderId = dispatch.ordersOf(cluster).at(-1) ?? '';
  return link.say(cluster, 'answer', JSON.stringify({ orderId, stage, atMs: 1 }));
};
const sounding = (broadcastId: string) => ({
  playing: {
    broadcastId,
    title: 'Bản tin b1',
    level: 'normal' as const,
    itemIndex: 0,
    itemStartAtMs: server.clock.nowMs() - 5000,
    itemDurationMs: 60_000,
    skewMs: 0.1,
  },
});

describe('play now', () => {
  test('starts everywhere at one instant, late enough for every cluster to be ready', async () => {
    const { broadcastId, startAt, clusters } = await play();
    expect(clusters).toEqual(['HD-01', 'HD-02', 'HD-03']);
    expect(Date.parse(startAt) - server.clock.nowMs()).toBeGreaterThanOrEqual(2000);
    for (const code of clusters) {
      const due = commune.expected.get(code)?.find((occurrence) => occurrence.broadcastId === broadcastId);
      expect(due?.startAtMs).toBe(Date.parse(startAt));
    }
    await vi.waitFor(() => expect(link.published.filter(({ leaf }) => leaf === 'order')).toHaveLength(3));
  });

  test.each([
    ['a bulletin that nobody approved', { state: 'waiting' }, 409, 'not-approved'],
    ['a bulletin whose sound is not ready', { sound: null }, 409, 'media-not-ready'],
  ] as const)('of %s is refused and nothing is sent', async (_case, change, status, code) => {
    commune.bulletin('b1', change);
    const refused = await post('/onair/play', { bulletinId: 'b1', targets: { all: true } });
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect(link.published.filter(({ leaf }) => leaf === 'order')).toEqual([]);
  });

  test('is for those who broadcast, within their targets', async () => {
    for (const role of ['viewer', 'technician', 'approver'] as const) {
      expect((await post('/onair/play', { bulletinId: 'b1', targets: { all: true } }, await server.bearer(role))).status).toBe(403);
    }
    expect((await post('/onair/play', { bulletinId: 'b1', targets: { clusters: ['XX'] } })).body.code).toBe('unknown-target');
    expect((await post('/onair/play', { bulletinId: 'b1', targets: {} })).body.code).toBe('no-targets');
    expect((await post('/onair/play', { bulletinId: 'nothing', targets: { all: true } })).status).toBe(404);
  });
});

describe('what each cluster sounds now', () => {
  test('goes from silent over waiting to playing, and to silent when it is over', async () => {
    commune.connect('HD-01');
    expect((await shown()).get('HD-01')).toEqual({ code: 'HD-01', state: 'silent' });
    const { broadcastId } = await play();
    expect((await shown()).get('HD-01')).toMatchObject({ state: 'waiting', broadcastId, title: 'Bản tin b1' });
    await answer('HD-01', 'ready');
    expect((await shown()).get('HD-01')).toMatchObject({ state: 'waiting', stage: 'ready' });
    await answer('HD-01', 'started');
    commune.connect('HD-01', sounding(broadcastId));
    expect((await shown()).get('HD-01')).toMatchObject({
      state: 'playing',
      broadcastId,
      stage: 'started',
      positionMs: 5000,
      durationMs: 60_000,
      offsetMs: 0.1,
    });
    commune.connect('HD-01');
    await answer('HD-01', 'finished');
    expect((await shown()).get('HD-01')).toMatchObject({ state: 'silent', stage: 'finished' });
    expect((await shown()).get('HD-03')).toMatchObject({ state: 'offline' });
  });

  test('is told to the consoles when it changes, and only then', async () => {
    const told: string[] = [];
    events.on('push', ({ name, data }) => {
      if (name === 'onair' && data.code === 'HD-01') told.push(`${data.state} ${data.stage ?? ''}`.trim());
    });
    commune.connect('HD-01');
    for (let time = 0; time < 3; time++) events.emit('cluster changed', { cluster: 'HD-01' });
    const { broadcastId } = await play();
    await answer('HD-01', 'received');
    commune.connect('HD-01', sounding(broadcastId));
    for (let time = 0; time < 3; time++) events.emit('cluster changed', { cluster: 'HD-01' });
    expect(told).toEqual(['silent', 'waiting', 'waiting received', 'playing received']);
  });
});

describe('stop', () => {
  test('of everything is taken at any time, also when nothing is known to sound', async () => {
    const stopped = await post('/onair/stop', { targets: { all: true } });
    expect(stopped.status).toBe(202);
    expect(stopped.body.clusters).toHaveLength(3);
    await vi.waitFor(() => expect(link.published.filter(({ leaf }) => leaf === 'override')).toHaveLength(3));
  });

  test('of a broadcast goes to the clusters that have it; of one that is over it says so', async () => {
    commune.connect('HD-01');
    const { broadcastId } = await play({ clusters: ['HD-01', 'HD-02'] });
    const stopped = await post('/onair/stop', { broadcastId });
    expect([stopped.status, stopped.body.clusters]).toEqual([202, ['HD-01', 'HD-02']]);
    expect((await shown()).get('HD-01')).toEqual({ code: 'HD-01', state: 'silent' });
    expect((await post('/onair/stop', { broadcastId })).body.code).toBe('nothing-on-air');
    expect((await post('/onair/stop', { broadcastId: 'no such' })).status).toBe(409);
  });
});

/** A browser that listens to a cluster. */
async function listen(code: string) {
  const listener = server.app.listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo;
  const response = await new Promise<IncomingMessage>((resolve) => {
    httpGet({ port, host: '127.0.0.1', path: `/api/v1/clusters/${code}/monitor`, headers: { Authorization: broadcaster } }, resolve);
  });
  expect(response.headers['content-type']).toBe('audio/ogg; codecs=opus');
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => response.once('end', resolve));
  return { listener, response, chunks, ended };
}

describe('listening at a cluster', () => {
  test('ends with the server and with the page, and leaves no timer behind', async () => {
    commune.connect('HD-01');
    commune.connect('HD-02');
    const first = await listen('HD-01');
    const armed = server.clock.armed;
    const second = await listen('HD-02');
    second.response.destroy();
    await vi.waitFor(() => expect(server.clock.armed).toBe(armed));
    await onair.stop();
    await first.ended;
    first.listener.close();
    second.listener.close();
  });

  test('of one that is away is refused in words, of an unknown one too', async () => {
    const away = await supertest(server.app).get('/api/v1/clusters/HD-01/monitor').set('Authorization', broadcaster);
    expect([away.status, away.body.code]).toEqual([409, 'monitor-unavailable']);
    expect((await supertest(server.app).get('/api/v1/clusters/XX/monitor').set('Authorization', broadcaster)).status).toBe(404);
  });

  test('is a stream that plays from its first byte, ordered from the cluster and ended after ten minutes', async () => {
    commune.connect('HD-01');
    const { chunks, ended, listener } = await listen('HD-01');
    await vi.waitFor(() => expect(dispatch.ordersOf('HD-01')).toHaveLength(1));
    for (let number = 0; number < 50; number++) {
      await link.say('HD-01', 'monitor', encodeMonitorFrame({ number, packet: SILENT_PACKET }, 0));
      await server.clock.advanceAsync(20);
    }
    for (let second = 0; second < 600; second += 5) {
      const before = chunks.length;
      await server.clock.advanceAsync(5000);
      await vi.waitFor(() => expect(chunks.length).toBeGreaterThan(before), { interval: 1 });
    }
    await ended;
    listener.close();
    const ran = spawnSync('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-f', 's16le', '-ac', '1', '-ar', '48000', 'pipe:1'], {
      input: Buffer.concat(chunks),
      maxBuffer: 256 * 1024 * 1024,
    });
    expect(ran.stderr.toString()).toBe('');
    expect(ran.stdout.length / 2 / 48_000).toBeCloseTo(600, 0);
  });
});
