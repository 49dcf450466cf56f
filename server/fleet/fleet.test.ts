import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BrokerHarness } from '../broker/test-harness.ts';
import { createTrialServer } from '../identity/trial-server.ts';
import type { Fleet } from './fleet.ts';
import { type Device, type FleetBench, type RouteTrial, STATION, startFleetBench } from './fleet-bench.ts';

let bench: FleetBench;
let harness: BrokerHarness;
let trial: RouteTrial;
let fleet: Fleet;
let technician: string;

beforeAll(async () => {
  bench = await startFleetBench((routes) => createTrialServer({ routes }));
  ({ harness, trial, fleet, technician } = bench);
});
afterAll(() => bench.stop());

async function clusterOf(code: string): Promise<Cluster> {
  return (await supertest(trial.app).get(`/api/v1/clusters/${code}`).set('Authorization', technician)).body;
}

const online = (nonce: string, device: Device, change: object = {}) =>
  JSON.stringify({
    state: 'online',
    nonce,
    atMs: 1_000,
    deviceId: device.answer.deviceId,
    agentVersion: '0.1.0',
    planVersion: 3,
    overrideVersion: 0,
    media: { verified: 2, total: 5 },
    clock: { status: 'synced', offsetMs: 0.25, uncertaintyMs: 1 },
    playing: null,
    ...change,
  });

describe('a cluster', () => {
  test('that connects is online with what it reports, and gone ten seconds after its will', async () => {
    const device = await bench.enrol('HD-01');
    const connected: string[] = [];
    const off = harness.events.on('cluster connected', ({ cluster }) => {
      connected.push(cluster);
    });
    const client = await bench.connect(device, JSON.stringify({ state: 'offline', nonce: 'n1' }));
    await client.publishAsync('tl/1/huong-dao/HD-01/state', online('n1', device), { qos: 1, retain: true });
    await vi.waitFor(() => expect(fleet.online('HD-01')?.nonce).toBe('n1'));
    expect(connected).toEqual(['HD-01']);
    expect(fleet.counts()).toEqual({ total: 3, online: 1 });
    expect(await clusterOf('HD-01')).toMatchObject({
      presence: { state: 'online' },
      clock: { status: 'synced', offsetMs: 0.25 },
      plan: { desired: 7, applied: 3 },
      media: { verified: 2, total: 5 },
      playing: { state: 'silent' },
      agentVersion: '0.1.0',
      village: null,
    });
    client.stream.destroy();
    // The will reaches the server in its own time; only then does the patience begin.
    await vi.waitFor(() => {
      trial.clock.advance(10_000);
      expect(fleet.online('HD-01')).toBeUndefined();
    });
    expect((await clusterOf('HD-01')).presence.state).toBe('offline');
    off();
  });

  test('that never spoke says so', async () => {
    expect((await clusterOf('HD-03')).presence).toEqual({ state: 'never', lastSeenAt: null });
  });

  test('keeps what it measured, as it is and as it was', async () => {
    const device = await bench.enrol('HD-01');
    const client = await bench.connect(device);
    const fromMs = harness.clock.nowMs() - 1000;
    for (const batteryPercent of [80, 60]) {
      const health = {
        atMs: 1000,
        measurements: { batteryPercent, mainsOn: batteryPercent > 70 },
        speakers: [{ code: 'HD-01-A', state: 'open' }],
      };
      await client.publishAsync('tl/1/huong-dao/HD-01/health', JSON.stringify(health), { qos: 1 });
    }
    await client.publishAsync('tl/1/huong-dao/HD-01/health', '{"broken', { qos: 1 });
    await vi.waitFor(async () => expect((await clusterOf('HD-01')).health).toMatchObject({ batteryPercent: 60, mainsOn: false }));
    expect((await clusterOf('HD-01')).speakers).toEqual([{ code: 'HD-01-A', watts: 30, state: 'open' }]);
    trial.clock.advance(1000);
    const path = `/api/v1/telemetry/HD-01?from=${new Date(fromMs).toISOString()}&to=${new Date(fromMs + 600_000).toISOString()}&points=1`;
    await vi.waitFor(async () => {
      const { body } = await supertest(trial.app).get(`${path}&fields=batteryPercent,mainsOn`).set('Authorization', technician);
      expect(body.series.batteryPercent).toEqual([{ at: expect.any(String), mean: 70, min: 60, max: 80 }]);
      expect(body.series.mainsOn).toEqual([{ at: expect.any(String), mean: 0.5, min: 0, max: 1 }]);
    });
    const unknown = await supertest(trial.app).get(`${path}&fields=nothing`).set('Authorization', technician);
    expect(unknown.status).toBe(422);
  });

  test('is told to the consoles when it changes, whole, and at most twice a second', async () => {
    trial.clock.advance(10_000);
    const pushed: Cluster[] = [];
    const off = harness.events.on('push', (event) => {
      if (event.name === 'cluster' && event.data.code === 'HD-01') pushed.push(event.data);
    });
    for (let times = 0; times < 20; times++) harness.events.emit('cluster changed', { cluster: 'HD-01' });
    await trial.clock.advanceAsync(0);
    await vi.waitFor(() => expect(pushed).toHaveLength(1));
    harness.events.emit('cluster changed', { cluster: 'HD-01' });
    await trial.clock.advanceAsync(499);
    expect(pushed).toHaveLength(1);
    await trial.clock.advanceAsync(1);
    await vi.waitFor(() => expect(pushed).toHaveLength(2));
    expect(pushed[1]).toEqual(await clusterOf('HD-01'));
    off();
  });

  test('whose device is replaced lets the new one in and throws the old one out', async () => {
    const old = await bench.enrol('HD-02');
    const client = await bench.connect(old);
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const changed: string[] = [];
    const off = harness.events.on('device changed', ({ cluster }) => {
      changed.push(cluster);
    });
    const fresh = await bench.enrol('HD-02');
    await gone;
    await expect(bench.connect(old)).rejects.toThrow(/Not authorized/);
    expect((await bench.connect(fresh)).connected).toBe(true);
    expect(changed).toEqual(['HD-02']);
    off();
  });

  test('whose device was revoked is cut off and does not come back', async () => {
    const device = await bench.enrol('HD-02');
    const client = await bench.connect(device);
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await supertest(trial.app).post('/api/v1/clusters/HD-02/revoke').set('Authorization', technician);
    await gone;
    await expect(bench.connect(device)).rejects.toThrow(/Not authorized/);
    expect((await clusterOf('HD-02')).deviceId).toBeNull();
  });

  test('takes a new volume, and the plan is told', async () => {
    const settings: string[] = [];
    const off = harness.events.on('cluster settings changed', ({ cluster }) => {
      settings.push(cluster);
    });
    const changed = await supertest(trial.app)
      .patch('/api/v1/clusters/HD-02')
      .set('Authorization', technician)
      .send({ volume: 55, delayMs: -12.5 });
    expect(changed.body).toMatchObject({ volume: 55, delayMs: -12.5 });
    expect(settings).toEqual(['HD-02']);
    expect((await fleet.clusters()).find(({ code }) => code === 'HD-02')).toMatchObject({
      volume: 55,
      delayMs: -12.5,
      villageId: 'thon-1',
    });
    for (const body of [{ volume: 101 }, { volume: '55' }, { delayMs: 5000 }, { colour: 'red' }]) {
      expect((await supertest(trial.app).patch('/api/v1/clusters/HD-02').set('Authorization', technician).send(body)).status).toBe(422);
    }
    await fleet.seed(STATION);
    expect((await clusterOf('HD-02')).volume).toBe(55);
    off();
  });

  test('is restarted by order, if it has a device', async () => {
    await bench.enrol('HD-03');
    const restart = (code: string) => supertest(trial.app).post(`/api/v1/clusters/${code}/restart`).set('Authorization', technician);
    expect((await restart('HD-03')).body).toEqual({ orderId: 'order-HD-03' });
    expect(bench.orders).toEqual(['restart HD-03']);
    await supertest(trial.app).post('/api/v1/clusters/HD-03/revoke').set('Authorization', technician);
    expect((await restart('HD-03')).status).toBe(409);
    expect((await restart('HD-99')).status).toBe(404);
  });

  test('is touched by those only whose work it is', async () => {
    const viewer = await trial.bearer('viewer');
    for (const path of ['revoke', 'restart']) {
      expect((await supertest(trial.app).post(`/api/v1/clusters/HD-01/${path}`).set('Authorization', viewer)).status).toBe(403);
    }
    expect((await supertest(trial.app).post('/api/v1/enrolments').set('Authorization', viewer).send({ cluster: 'HD-01' })).status).toBe(
      403,
    );
    expect((await supertest(trial.app).patch('/api/v1/clusters/HD-01').set('Authorization', viewer).send({ volume: 1 })).status).toBe(403);
    expect((await supertest(trial.app).get('/api/v1/clusters/HD-01').set('Authorization', viewer)).status).toBe(200);
    expect((await supertest(trial.app).get('/api/v1/clusters/HD-01')).status).toBe(401);
  });
});

describe('the station', () => {
  test('is shown with its villages, and that it is made up', async () => {
    const { body } = await supertest(trial.app).get('/api/v1/station').set('Authorization', technician);
    expect(body).toMatchObject({ code: 'huong-dao', commune: 'Hướng Đạo', illustrative: true });
    expect(body.villages).toEqual([
      { id: 'thon-1', name: 'Thôn 1' },
      { id: 'thon-2', name: 'Thôn 2' },
    ]);
  });

  test('lists its clusters page by page', async () => {
    const page = (query: string) => supertest(trial.app).get(`/api/v1/clusters?${query}`).set('Authorization', technician);
    const first = (await page('limit=2')).body;
    expect(first.items.map(({ code }: Cluster) => code)).toEqual(['HD-01', 'HD-02']);
    const second = (await page(`limit=2&cursor=${first.next}`)).body;
    expect(second.items.map(({ code }: Cluster) => code)).toEqual(['HD-03']);
    expect(second.next).toBeNull();
  });
});
