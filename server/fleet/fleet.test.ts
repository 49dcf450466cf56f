import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnrolAnswer, enrolAnswer } from '@tieng-lang/shared/contract/enrolment';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { sql } from 'kysely';
import type { MqttClient } from 'mqtt';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type BrokerHarness, signingRequest, startBrokerHarness } from '../broker/test-harness.ts';
import { createSigningKeys } from '../identity/signing-keys.ts';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { createDevicePort, type DevicePort } from './device-port.ts';
import { createFleet, type Fleet } from './fleet.ts';

const STATION = {
  station: { name: 'Đài truyền thanh xã Hướng Đạo', commune: 'Hướng Đạo', timeZone: 'Asia/Ho_Chi_Minh' },
  note: 'made up',
  villages: ['Thôn 1', 'Thôn 2'],
  clusters: ['HD-01', 'HD-02', 'HD-03'].map((code, index) => ({
    code,
    place: code,
    village: index === 0 ? null : `Thôn ${index}`,
    lat: 21.37,
    lon: 105.57,
    speakers: [{ code: `${code}-A`, watts: 30 }],
  })),
};
const SOUND = randomBytes(100_000);
const HASH = createHash('sha256').update(SOUND).digest('hex');

let harness: BrokerHarness;
let trial: TrialServer;
let fleet: Fleet;
let port: DevicePort;
let folder: string;
let technician: string;
const orders: string[] = [];

beforeAll(async () => {
  harness = await startBrokerHarness();
  folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  await writeFile(join(folder, 'sound'), SOUND);
  const { log, events, link, authority, broker } = harness;
  const signingKeys = createSigningKeys({ dataDir: folder, clock: new SystemClock(), log });
  await signingKeys.start();
  trial = await createTrialServer({
    routes: ({ db, clock, identity }) => {
      fleet = createFleet({
        db,
        clock,
        log,
        events,
        link,
        authority,
        signingKeys,
        audit: identity,
        admission: broker,
        brokerUrl: () => `mqtts://127.0.0.1:${broker.port}`,
        dispatch: () => ({
          desiredPlanVersion: () => 7,
          order: async (order, clusters) => {
            orders.push(`${order.kind} ${clusters.join()}`);
            return new Map(clusters.map((code) => [code, `order-${code}`]));
          },
        }),
        onair: () => ({ cluster: (code) => ({ code, state: 'silent' }) }),
      });
      return fleet.routes;
    },
  });
  await fleet.seed(STATION);
  await fleet.start();
  port = createDevicePort({
    host: '127.0.0.1',
    port: 0,
    authority,
    enrolment: fleet.enrolment,
    isAdmitted: fleet.isAdmitted,
    content: { soundFile: async (hash) => (hash === HASH ? { path: join(folder, 'sound'), bytes: SOUND.length } : undefined) },
    clock: trial.clock,
    log,
  });
  await port.start();
  technician = await trial.bearer('technician');
});

afterAll(async () => {
  await port.stop();
  await fleet.stop();
  await trial.close();
  await harness.stop();
  await rm(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function ask(
  method: string,
  path: string,
  options: { device?: Device; headers?: Record<string, string>; body?: unknown; agent?: Agent } = {},
) {
  const { device, headers = {}, body, agent } = options;
  return new Promise<Answer>((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: port.port,
        method,
        path,
        headers,
        ca: harness.authority.certificate,
        ...(agent ? { agent } : { agent: false }),
        ...(device ? { key: device.key, cert: device.answer.certificate } : {}),
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface Device {
  answer: EnrolAnswer;
  key: string;
}
const json = (answer: Answer) => JSON.parse(answer.body.toString());

async function codeFor(cluster: string): Promise<string> {
  const answer = await supertest(trial.app).post('/api/v1/enrolments').set('Authorization', technician).send({ cluster });
  expect(answer.status).toBe(201);
  return answer.body.code;
}

async function enrol(cluster: string): Promise<Device> {
  const { request, key } = await signingRequest();
  const answer = await ask('POST', '/enrol', { body: { code: await codeFor(cluster), request } });
  expect(answer.status).toBe(200);
  return { answer: enrolAnswer.parse(json(answer)), key };
}

const connect = ({ answer, key }: Device, will?: string): Promise<MqttClient> =>
  harness.connect(
    { deviceId: answer.deviceId, serial: '', key, cert: answer.certificate },
    will === undefined
      ? {}
      : { will: { topic: `tl/1/huong-dao/${answer.cluster}/state`, payload: Buffer.from(will), qos: 1, retain: true } },
  );

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

async function clusterOf(code: string): Promise<Cluster> {
  return (await supertest(trial.app).get(`/api/v1/clusters/${code}`).set('Authorization', technician)).body;
}

describe('enrolment', () => {
  test('gives the device of a cluster its name, its certificate, the keys to trust and where the broker is', async () => {
    const { answer } = await enrol('HD-01');
    expect(answer).toMatchObject({ station: 'huong-dao', cluster: 'HD-01', speakers: ['HD-01-A'] });
    expect(answer.deviceId).toMatch(/^huong-dao\.HD-01\.[a-z0-9]{8}$/);
    expect(answer.signingKeys).toHaveLength(2);
    expect(answer.brokerUrl).toBe(`mqtts://127.0.0.1:${harness.broker.port}`);
    expect(answer.authority).toBe(harness.authority.certificate);
    expect((await clusterOf('HD-01')).deviceId).toBe(answer.deviceId);
  });

  test('takes a code once: two devices with one code are one device', async () => {
    const code = await codeFor('HD-01');
    const requests = await Promise.all([signingRequest(), signingRequest(), signingRequest()]);
    const answers = await Promise.all(requests.map(({ request }) => ask('POST', '/enrol', { body: { code, request } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    const refused = answers.find(({ status }) => status === 403);
    expect(refused && json(refused).code).toBe('enrolment-code-invalid');
  });

  test('answers a device again whose answer was lost on the way', async () => {
    const code = await codeFor('HD-01');
    const { request } = await signingRequest();
    const first = await ask('POST', '/enrol', { body: { code, request } });
    const second = await ask('POST', '/enrol', { body: { code, request } });
    expect(json(second)).toEqual(json(first));
  });

  test('knows the code as people type it, and no other server’s', async () => {
    const code = await codeFor('HD-01');
    const { request } = await signingRequest();
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    const foreign = code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A');
    expect((await ask('POST', '/enrol', { body: { code: foreign, request } })).status).toBe(403);
    expect((await ask('POST', '/enrol', { body: { code: typed, request } })).status).toBe(200);
  });

  test('voids a code after a day, and when a newer one was made', async () => {
    const old = await codeFor('HD-01');
    const newer = await codeFor('HD-01');
    const { request } = await signingRequest();
    expect((await ask('POST', '/enrol', { body: { code: old, request } })).status).toBe(403);
    trial.clock.advance(24 * 3_600_000);
    expect((await ask('POST', '/enrol', { body: { code: newer, request } })).status).toBe(403);
  });

  test('refuses a request that proves no key, and leaves the code unused', async () => {
    const code = await codeFor('HD-01');
    const { request } = await signingRequest();
    const broken = await ask('POST', '/enrol', { body: { code, request: request.replace(/[A-Z]{4}/, 'AAAA') } });
    expect(broken.status).toBe(422);
    expect((await ask('POST', '/enrol', { body: { code, request } })).status).toBe(200);
  });

  test('is slowed down for whoever guesses, and open again after a minute', async () => {
    trial.clock.advance(60_000);
    const { request } = await signingRequest();
    const guess = () => ask('POST', '/enrol', { body: { code: '0000-0000-0000-0000-0000-0000-0000', request } });
    for (let tries = 0; tries < 10; tries++) expect((await guess()).status).toBe(403);
    const slowed = await guess();
    expect(slowed.status).toBe(429);
    expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0);
    trial.clock.advance(60_000);
    expect((await guess()).status).toBe(403);
    trial.clock.advance(60_000);
  });

  test('keeps no code that could be read from the database', async () => {
    const code = (await codeFor('HD-03')).replaceAll('-', '');
    const { rows } = await sql`SELECT * FROM enrolments`.execute(trial.db);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(code.slice(0, 12));
  });
});

describe('the device port', () => {
  test('shows the CA to anybody, against the pin of the code', async () => {
    const { certificate } = json(await ask('GET', '/authority'));
    expect(certificate).toBe(harness.authority.certificate);
    expect((await codeFor('HD-01')).replaceAll('-', '').endsWith(harness.authority.pin)).toBe(true);
  });

  test('gives media to enrolled devices only', async () => {
    const device = await enrol('HD-01');
    expect((await ask('GET', `/media/${HASH}`)).status).toBe(403);
    const stranger = await harness.enrol('huong-dao.HD-01.zzzzzz', { admit: false });
    const certified = { key: stranger.key, answer: { ...device.answer, certificate: stranger.cert } };
    expect((await ask('GET', `/media/${HASH}`, { device: certified })).status).toBe(403);
    const whole = await ask('GET', `/media/${HASH}`, { device });
    expect(whole.status).toBe(200);
    expect(whole.body.equals(SOUND)).toBe(true);
    expect(whole.headers).toMatchObject({ etag: `"${HASH}"`, 'accept-ranges': 'bytes', 'content-length': '100000' });
    expect(whole.headers['cache-control']).toContain('immutable');
  });

  test('lets a device go on where the link broke', async () => {
    const device = await enrol('HD-01');
    const rest = await ask('GET', `/media/${HASH}`, { device, headers: { range: 'bytes=40000-', 'if-range': `"${HASH}"` } });
    expect(rest.status).toBe(206);
    expect(rest.headers['content-range']).toBe('bytes 40000-99999/100000');
    expect(rest.body.equals(SOUND.subarray(40_000))).toBe(true);
    const other = await ask('GET', `/media/${HASH}`, { device, headers: { range: 'bytes=40000-', 'if-range': '"other"' } });
    expect(other.status).toBe(200);
    expect(other.body.length).toBe(SOUND.length);
    const outside = await ask('GET', `/media/${HASH}`, { device, headers: { range: 'bytes=100000-' } });
    expect(outside.status).toBe(416);
    expect(outside.headers['content-range']).toBe('bytes */100000');
    expect(json(outside).code).toBe('range-not-satisfiable');
  });

  test('refuses a revoked device at once, also on a connection that it held open', async () => {
    const device = await enrol('HD-02');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask('GET', `/media/${HASH}`, { device, agent })).status).toBe(200);
    const revoked = await supertest(trial.app).post('/api/v1/clusters/HD-02/revoke').set('Authorization', technician);
    expect(revoked.status).toBe(200);
    expect((await ask('GET', `/media/${HASH}`, { device, agent })).status).toBe(403);
    agent.destroy();
    expect((await supertest(trial.app).post('/api/v1/clusters/HD-02/revoke').set('Authorization', technician)).body.code).toBe('no-device');
  });

  test.each([
    ['GET', '/nothing', 404, 'not-found'],
    ['GET', '/media/../authority/x', 404, 'not-found'],
    ['GET', '/media/1234', 404, 'not-found'],
    ['DELETE', '/authority', 405, 'method-not-allowed'],
    ['GET', '/enrol', 405, 'method-not-allowed'],
    ['POST', '/enrol', 400, 'invalid-json'],
  ])('answers %s %s with %i %s', async (method, path, status, code) => {
    const answer = await ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(json(answer)).toMatchObject({ status, code });
  });

  test('takes no body without end', async () => {
    expect((await ask('POST', '/enrol', { body: 'x'.repeat(100_000) })).status).toBe(413);
  });

  test('says which port is taken', async () => {
    const second = createDevicePort({
      host: '127.0.0.1',
      port: port.port,
      authority: harness.authority,
      enrolment: fleet.enrolment,
      isAdmitted: fleet.isAdmitted,
      content: { soundFile: async () => undefined },
      clock: trial.clock,
      log: harness.log,
    });
    await expect(second.start()).rejects.toMatchObject({ code: 'port-busy', params: { variable: 'TL_DEVICE_PORT' } });
  });
});

describe('a cluster', () => {
  test('that connects is online with what it reports, and gone ten seconds after its will', async () => {
    const device = await enrol('HD-01');
    const connected: string[] = [];
    const off = harness.events.on('cluster connected', ({ cluster }) => {
      connected.push(cluster);
    });
    const client = await connect(device, JSON.stringify({ state: 'offline', nonce: 'n1' }));
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
    const device = await enrol('HD-01');
    const client = await connect(device);
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
    const old = await enrol('HD-02');
    const client = await connect(old);
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const changed: string[] = [];
    const off = harness.events.on('device changed', ({ cluster }) => {
      changed.push(cluster);
    });
    const fresh = await enrol('HD-02');
    await gone;
    await expect(connect(old)).rejects.toThrow(/Not authorized/);
    expect((await connect(fresh)).connected).toBe(true);
    expect(changed).toEqual(['HD-02']);
    off();
  });

  test('whose device was revoked is cut off and does not come back', async () => {
    const device = await enrol('HD-02');
    const client = await connect(device);
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await supertest(trial.app).post('/api/v1/clusters/HD-02/revoke').set('Authorization', technician);
    await gone;
    await expect(connect(device)).rejects.toThrow(/Not authorized/);
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
    await enrol('HD-03');
    const restart = (code: string) => supertest(trial.app).post(`/api/v1/clusters/${code}/restart`).set('Authorization', technician);
    expect((await restart('HD-03')).body).toEqual({ orderId: 'order-HD-03' });
    expect(orders).toEqual(['restart HD-03']);
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
