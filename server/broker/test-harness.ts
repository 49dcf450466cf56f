/** For tests: a real broker process on TLS, and real clients with real certificates. */
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { Events } from '../events.ts';
import { type Authority, createAuthority } from '../identity/authority.ts';
import { createSigningKeys, type SigningKeys } from '../identity/signing-keys.ts';
import type { AdmittedDevice } from '../services.ts';
import { type Broker, createBroker } from './broker.ts';
import { createLink, type Link } from './link.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface DeviceCredentials extends AdmittedDevice {
  key: string;
  cert: string;
}

export interface BrokerHarness {
  readonly dataDir: string;
  readonly clock: SystemClock;
  readonly log: pino.Logger;
  readonly events: Events;
  readonly authority: Authority;
  readonly signingKeys: SigningKeys;
  readonly broker: Broker;
  readonly link: Link;
  /** A certificate by the CA; admitted unless told otherwise. */
  enrol(deviceId: string, options?: { admit?: boolean }): Promise<DeviceCredentials>;
  /** Replaces the list of admitted devices. */
  admit(devices: readonly AdmittedDevice[]): Promise<void>;
  /** A client that does not reconnect; rejects when the broker refuses it. Ended by `stop`. */
  connect(credentials: DeviceCredentials | undefined, options?: IClientOptions): Promise<MqttClient>;
  stop(): Promise<void>;
}

/** A PKCS #10 request and its key, as a device makes them. */
export async function signingRequest(name = 'device'): Promise<{ request: string; key: string }> {
  const keys = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${name}`, keys, signingAlgorithm: P256 });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { request: request.toString('pem'), key };
}

export async function startBrokerHarness(options: { level?: pino.Level | 'silent' } = {}): Promise<BrokerHarness> {
  const dataDir = await mkdtemp(join(tmpdir(), 'broker-'));
  const clock = new SystemClock();
  const log = pino({ level: options.level ?? 'silent' });
  const events = new Events(log);
  const authority = createAuthority({ dataDir, clock, log, host: '127.0.0.1' });
  await authority.start();
  const signingKeys = createSigningKeys({ dataDir, clock, log });
  await signingKeys.start();
  const broker = createBroker({ host: '127.0.0.1', port: 0, authority, clock, log, events });
  await broker.start();
  const link = createLink({ url: () => `mqtts://127.0.0.1:${broker.port}`, authority, clock, log, events });
  await link.start();
  const admitted: AdmittedDevice[] = [];
  const clients = new Set<MqttClient>();
  return {
    dataDir,
    clock,
    log,
    events,
    authority,
    signingKeys,
    broker,
    link,
    async enrol(deviceId, { admit = true } = {}) {
      const { request, key } = await signingRequest(deviceId);
      const { certificate: cert, serial } = await authority.issue(deviceId, request);
      if (admit) {
        admitted.push({ deviceId, serial });
        await broker.updateDevices(admitted);
      }
      return { deviceId, serial, key, cert };
    },
    async admit(devices) {
      admitted.splice(0, admitted.length, ...devices);
      await broker.updateDevices(admitted);
    },
    async connect(credentials, given = {}) {
      const client = mqtt.connect(`mqtts://127.0.0.1:${broker.port}`, {
        protocolVersion: 4,
        clean: true,
        reconnectPeriod: 0,
        ca: authority.certificate,
        ...(credentials ? { clientId: credentials.deviceId, key: credentials.key, cert: credentials.cert } : {}),
        ...given,
      });
      clients.add(client);
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve());
        client.once('error', reject);
        client.once('close', () => reject(new Error('closed before CONNACK')));
      });
      client.on('error', () => undefined);
      return client;
    },
    async stop() {
      await Promise.all([...clients].map((client) => client.endAsync(true)));
      await link.stop();
      await broker.stop();
      await authority.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** The next event of this name; for awaiting instead of sleeping. */
export function nextEvent<Name extends Parameters<Events['on']>[0]>(events: Events, name: Name): Promise<unknown> {
  return new Promise((resolve) => {
    const off = events.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}
