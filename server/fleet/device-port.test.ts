import { Agent } from 'node:https';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { sql } from 'kysely';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BrokerHarness, signingRequest } from '../broker/test-harness.ts';
import { createTrialServer } from '../identity/trial-server.ts';
import { createDevicePort } from './device-port.ts';
import type { Fleet } from './fleet.ts';
import { type FleetBench, jsonOf, type RouteTrial, SOUND, SOUND_HASH, startFleetBench } from './fleet-bench.ts';

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

describe('enrolment', () => {
  test('gives the device of a cluster its name, its certificate, the keys to trust and where the broker is', async () => {
    const { answer } = await bench.enrol('HD-01');
    expect(answer).toMatchObject({ station: 'huong-dao', cluster: 'HD-01', speakers: ['HD-01-A'] });
    expect(answer.deviceId).toMatch(/^huong-dao\.HD-01\.[a-z0-9]{8}$/);
    expect(answer.signingKeys).toHaveLength(2);
    expect(answer.brokerUrl).toBe(`mqtts://127.0.0.1:${harness.broker.port}`);
    expect(answer.authority).toBe(harness.authority.certificate);
    expect((await clusterOf('HD-01')).deviceId).toBe(answer.deviceId);
  });

  test('takes a code once: two devices with one code are one device', async () => {
    const code = await bench.codeFor('HD-01');
    const requests = await Promise.all([signingRequest(), signingRequest(), signingRequest()]);
    const answers = await Promise.all(requests.map(({ request }) => bench.ask('POST', '/enrol', { body: { code, request } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    const refused = answers.find(({ status }) => status === 403);
    expect(refused && jsonOf(refused).code).toBe('enrolment-code-invalid');
  });

  test('answers a device again whose answer was lost on the way', async () => {
    const code = await bench.codeFor('HD-01');
    const { request } = await signingRequest();
    const first = await bench.ask('POST', '/enrol', { body: { code, request } });
    const second = await bench.ask('POST', '/enrol', { body: { code, request } });
    expect(jsonOf(second)).toEqual(jsonOf(first));
  });

  test('knows the code as people type it, and no other server’s', async () => {
    const code = await bench.codeFor('HD-01');
    const { request } = await signingRequest();
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    const foreign = code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A');
    expect((await bench.ask('POST', '/enrol', { body: { code: foreign, request } })).status).toBe(403);
    expect((await bench.ask('POST', '/enrol', { body: { code: typed, request } })).status).toBe(200);
  });

  test('voids a code after a day, and when a newer one was made', async () => {
    const old = await bench.codeFor('HD-01');
    const newer = await bench.codeFor('HD-01');
    const { request } = await signingRequest();
    expect((await bench.ask('POST', '/enrol', { body: { code: old, request } })).status).toBe(403);
    trial.clock.advance(24 * 3_600_000);
    expect((await bench.ask('POST', '/enrol', { body: { code: newer, request } })).status).toBe(403);
  });

  test('refuses a request that proves no key, and leaves the code unused', async () => {
    const code = await bench.codeFor('HD-01');
    const { request } = await signingRequest();
    const broken = await bench.ask('POST', '/enrol', { body: { code, request: request.replace(/[A-Z]{4}/, 'AAAA') } });
    expect(broken.status).toBe(422);
    expect((await bench.ask('POST', '/enrol', { body: { code, request } })).status).toBe(200);
  });

  test('is slowed down for whoever guesses, and open again after a minute', async () => {
    trial.clock.advance(60_000);
    const { request } = await signingRequest();
    const guess = () => bench.ask('POST', '/enrol', { body: { code: '0000-0000-0000-0000-0000-0000-0000', request } });
    for (let tries = 0; tries < 10; tries++) expect((await guess()).status).toBe(403);
    const slowed = await guess();
    expect(slowed.status).toBe(429);
    expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0);
    trial.clock.advance(60_000);
    expect((await guess()).status).toBe(403);
    trial.clock.advance(60_000);
  });

  test('keeps no code that could be read from the database', async () => {
    const code = (await bench.codeFor('HD-03')).replaceAll('-', '');
    const { rows } = await sql`SELECT * FROM enrolments`.execute(trial.db);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(code.slice(0, 12));
  });
});

describe('the device port', () => {
  test('shows the CA to anybody, against the pin of the code', async () => {
    const { certificate } = jsonOf(await bench.ask('GET', '/authority'));
    expect(certificate).toBe(harness.authority.certificate);
    expect((await bench.codeFor('HD-01')).replaceAll('-', '').endsWith(harness.authority.pin)).toBe(true);
  });

  test('gives media to enrolled devices only', async () => {
    const device = await bench.enrol('HD-01');
    expect((await bench.ask('GET', `/media/${SOUND_HASH}`)).status).toBe(403);
    const stranger = await harness.enrol('huong-dao.HD-01.zzzzzz', { admit: false });
    const certified = { key: stranger.key, answer: { ...device.answer, certificate: stranger.cert } };
    expect((await bench.ask('GET', `/media/${SOUND_HASH}`, { device: certified })).status).toBe(403);
    const whole = await bench.ask('GET', `/media/${SOUND_HASH}`, { device });
    expect(whole.status).toBe(200);
    expect(whole.body.equals(SOUND)).toBe(true);
    expect(whole.headers).toMatchObject({ etag: `"${SOUND_HASH}"`, 'accept-ranges': 'bytes', 'content-length': '100000' });
    expect(whole.headers['cache-control']).toContain('immutable');
  });

  test('lets a device go on where the link broke', async () => {
    const device = await bench.enrol('HD-01');
    const rest = await bench.ask('GET', `/media/${SOUND_HASH}`, {
      device,
      headers: { range: 'bytes=40000-', 'if-range': `"${SOUND_HASH}"` },
    });
    expect(rest.status).toBe(206);
    expect(rest.headers['content-range']).toBe('bytes 40000-99999/100000');
    expect(rest.body.equals(SOUND.subarray(40_000))).toBe(true);
    const other = await bench.ask('GET', `/media/${SOUND_HASH}`, { device, headers: { range: 'bytes=40000-', 'if-range': '"other"' } });
    expect(other.status).toBe(200);
    expect(other.body.length).toBe(SOUND.length);
    const outside = await bench.ask('GET', `/media/${SOUND_HASH}`, { device, headers: { range: 'bytes=100000-' } });
    expect(outside.status).toBe(416);
    expect(outside.headers['content-range']).toBe('bytes */100000');
    expect(jsonOf(outside).code).toBe('range-not-satisfiable');
  });

  test('refuses a revoked device at once, also on a connection that it held open', async () => {
    const device = await bench.enrol('HD-02');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await bench.ask('GET', `/media/${SOUND_HASH}`, { device, agent })).status).toBe(200);
    const revoked = await supertest(trial.app).post('/api/v1/clusters/HD-02/revoke').set('Authorization', technician);
    expect(revoked.status).toBe(200);
    expect((await bench.ask('GET', `/media/${SOUND_HASH}`, { device, agent })).status).toBe(403);
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
    const answer = await bench.ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(jsonOf(answer)).toMatchObject({ status, code });
  });

  test('takes no body without end', async () => {
    expect((await bench.ask('POST', '/enrol', { body: 'x'.repeat(100_000) })).status).toBe(413);
  });

  test('says which port is taken', async () => {
    const second = createDevicePort({
      host: '127.0.0.1',
      port: bench.port.port,
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
