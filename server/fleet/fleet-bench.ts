/** For tests: a fleet with its routes, its device port and a real broker, and devices that enrol as they do. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { type EnrolAnswer, enrolAnswer } from '@tieng-lang/shared/contract/enrolment';
import type { Role } from '@tieng-lang/shared/contract/http/identity';
import type { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import type { Express } from 'express';
import type { Kysely } from 'kysely';
import type { MqttClient } from 'mqtt';
import supertest from 'supertest';
import { type BrokerHarness, signingRequest, startBrokerHarness } from '../broker/test-harness.ts';
import type { Route } from '../http/route.ts';
import type { AuditService } from '../services.ts';
import { createDevicePort, type DevicePort } from './device-port.ts';
import { createFleet, type Fleet } from './fleet.ts';

export const STATION = {
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
export const SOUND = randomBytes(100_000);
export const SOUND_HASH = createHash('sha256').update(SOUND).digest('hex');

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Device {
  answer: EnrolAnswer;
  key: string;
}

/** A server for routes, as identity makes it for tests. */
export interface RouteTrial {
  app: Express;
  db: Kysely<unknown>;
  clock: ManualClock;
  bearer(role: Role): Promise<string>;
  close(): Promise<void>;
}
type MakeTrial = (routes: (ground: { db: Kysely<unknown>; clock: ManualClock; identity: AuditService }) => Route[]) => Promise<RouteTrial>;

export interface FleetBench {
  readonly harness: BrokerHarness;
  readonly trial: RouteTrial;
  readonly fleet: Fleet;
  readonly port: DevicePort;
  /** An `Authorization` header. */
  readonly technician: string;
  /** Orders that were given, `restart HD-01`. */
  readonly orders: readonly string[];
  /** A request to the device port. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** A fresh enrolment code. */
  codeFor(cluster: string): Promise<string>;
  enrol(cluster: string): Promise<Device>;
  connect(device: Device, will?: string): Promise<MqttClient>;
  stop(): Promise<void>;
}

interface AskOptions {
  device?: Device;
  headers?: Record<string, string>;
  body?: unknown;
  agent?: Agent;
}

export const jsonOf = (answer: Answer) => JSON.parse(answer.body.toString());

export async function startFleetBench(makeTrial: MakeTrial): Promise<FleetBench> {
  const harness = await startBrokerHarness();
  const { log, events, link, authority, signingKeys, broker } = harness;
  const soundPath = join(harness.dataDir, 'sound');
  await writeFile(soundPath, SOUND);
  const orders: string[] = [];
  const made: Fleet[] = [];
  const trial = await makeTrial(({ db, clock, identity }) => {
    const fleet = createFleet({
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
        settled: () => Promise.resolve(),
        order: async (order, clusters) => {
          orders.push(`${order.kind} ${clusters.join()}`);
          return new Map(clusters.map((code) => [code, `order-${code}`]));
        },
      }),
      onair: () => ({ cluster: (code) => ({ code, state: 'silent' }) }),
    });
    made.push(fleet);
    return fleet.routes;
  });
  const [fleet] = made;
  if (!fleet) throw new Error('the trial server asked for no routes');
  await fleet.seed(STATION);
  await fleet.start();
  const port = createDevicePort({
    host: '127.0.0.1',
    port: 0,
    authority,
    enrolment: fleet.enrolment,
    isAdmitted: fleet.isAdmitted,
    content: { soundFile: async (hash) => (hash === SOUND_HASH ? { path: soundPath, bytes: SOUND.length } : undefined) },
    clock: trial.clock,
    log,
  });
  await port.start();
  const technician = await trial.bearer('technician');

  const ask: FleetBench['ask'] = (method, path, { device, headers = {}, body, agent } = {}) =>
    new Promise((resolve, reject) => {
      const tls = device ? { key: device.key, cert: device.answer.certificate } : {};
      const target = { host: '127.0.0.1', port: port.port, method, path, headers, ca: authority.certificate, agent: agent ?? false };
      const request = httpsRequest({ ...target, ...tls }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });

  async function codeFor(cluster: string): Promise<string> {
    const { status, body } = await supertest(trial.app).post('/api/v1/enrolments').set('Authorization', technician).send({ cluster });
    if (status !== 201) throw new Error(`no code: ${status} ${JSON.stringify(body)}`);
    return body.code;
  }

  return {
    harness,
    trial,
    fleet,
    port,
    technician,
    orders,
    ask,
    codeFor,
    async enrol(cluster) {
      const { request, key } = await signingRequest();
      const answer = await ask('POST', '/enrol', { body: { code: await codeFor(cluster), request } });
      return { answer: enrolAnswer.parse(jsonOf(answer)), key };
    },
    connect({ answer, key }, will) {
      const state = `tl/1/huong-dao/${answer.cluster}/state`;
      return harness.connect(
        { deviceId: answer.deviceId, serial: '', key, cert: answer.certificate },
        will === undefined ? {} : { will: { topic: state, payload: Buffer.from(will), qos: 1, retain: true } },
      );
    },
    async stop() {
      await port.stop();
      await fleet.stop();
      await trial.close();
      await harness.stop();
    },
  };
}
