import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { KeyRing, verifyMessage } from '@tieng-lang/shared/signing/jws';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuthority } from './authority.ts';
import { namesOfServer } from './authority-names.ts';
import { createSigningKeys } from './signing-keys.ts';

const START_MS = Date.parse('2026-11-23T05:30:00+07:00');
const YEAR_MS = 365 * 86_400_000;
const log = pino({ level: 'silent' });
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

let dataDir: string;
let clock: ManualClock;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'authority-'));
  clock = new ManualClock(START_MS);
});
afterEach(() => rm(dataDir, { recursive: true }));

async function started(host = '127.0.0.1') {
  const authority = createAuthority({ dataDir, clock, log, host });
  await authority.start();
  return authority;
}

async function requestFor(name: string, algorithm: typeof P256 | { name: string; namedCurve: string; hash: string } = P256) {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${name}`, keys, signingAlgorithm: algorithm });
  return request.toString('pem');
}

describe('the authority', () => {
  test('is the same after a restart, so that enrolled devices still know the server', async () => {
    const first = await started();
    const second = await started();
    expect(second.certificate).toBe(first.certificate);
    expect(second.pin).toBe(first.pin);
    expect(second.serverCredentials()).toEqual(first.serverCredentials());
  });

  test('keeps its keys from other users of the machine', async () => {
    await started();
    expect((await stat(join(dataDir, 'keys', 'authority.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'keys'))).mode & 0o777).toBe(0o700);
  });

  test('gives a device the name that the server chose, not the one that its request asks for', async () => {
    const authority = await started();
    const { certificate, serial } = await authority.issue('huong-dao.HD-01.abc123', await requestFor('server'));
    const seen = new X509Certificate(certificate);
    expect(seen.subject).toBe('CN=huong-dao.HD-01.abc123');
    expect(seen.serialNumber.toLowerCase()).toBe(serial);
    expect(seen.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(seen.ca).toBe(false);
  });

  test('is believed by a device whose clock stands in 1970, and for as long as the device may hang on its pole', async () => {
    const authority = await started();
    const { certificate } = await authority.issue('huong-dao.HD-01.abc123', await requestFor('x'));
    for (const pem of [certificate, authority.certificate, authority.serverCredentials().certificate]) {
      expect(new Date(new X509Certificate(pem).validFrom).getTime()).toBe(0);
    }
    for (const pem of [certificate, authority.certificate]) {
      expect(new Date(new X509Certificate(pem).validTo).getTime()).toBeGreaterThan(START_MS + 19 * YEAR_MS);
    }
  });

  test('refuses a request whose signature is not by its own key, a weak key, and what is no request', async () => {
    const authority = await started();
    const good = await requestFor('x');
    const der = Buffer.from(x509.PemConverter.decodeFirst(good));
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
    const forged = x509.PemConverter.encode(der, 'CERTIFICATE REQUEST');
    const otherCurve = await requestFor('x', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' });
    for (const request of [forged, otherCurve, '', 'hello', good.slice(0, 200)]) {
      await expect(authority.issue('huong-dao.HD-01.abc123', request)).rejects.toMatchObject({ code: 'signing-request-invalid' });
    }
  });

  test('makes the listeners’ certificate anew when the address changes or its end is near, and not otherwise', async () => {
    const first = (await started()).serverCredentials().serial;
    expect((await started()).serverCredentials().serial).toBe(first);
    const moved = (await started('192.0.2.7')).serverCredentials();
    expect(moved.serial).not.toBe(first);
    expect(new X509Certificate(moved.certificate).checkIP('192.0.2.7')).toBe('192.0.2.7');
  });

  test('renews the listeners’ certificate while it runs, long before its end, and says so', async () => {
    const authority = await started();
    const { serial } = authority.serverCredentials();
    const renewed = new Promise<void>((resolve) => authority.onRenewed(resolve));
    clock.advance(86_400_000);
    clock.step(2 * YEAR_MS + 30 * 86_400_000);
    clock.advance(86_400_000);
    await renewed;
    expect(authority.serverCredentials().serial).not.toBe(serial);
    await authority.stop();
    expect(clock.armed).toBe(0);
  });

  test('stops rather than replace a damaged key', async () => {
    await started();
    const file = join(dataDir, 'keys', 'authority.pem');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 300));
    await expect(started()).rejects.toMatchObject({ code: 'key-file-damaged' });
  });
});

describe('the server’s names', () => {
  test('hold every address of the machine when it listens everywhere, and only its own otherwise', () => {
    const machine = { hostname: 'Tram', addresses: ['192.0.2.1', 'fe80::1%eth0'] };
    expect(namesOfServer({ host: '0.0.0.0', ...machine })).toEqual(['127.0.0.1', '192.0.2.1', '::1', 'fe80::1', 'localhost', 'tram']);
    expect(namesOfServer({ host: '192.0.2.9', ...machine })).toEqual(['127.0.0.1', '192.0.2.9', '::1', 'localhost', 'tram']);
  });
});

describe('the signing keys', () => {
  test('sign what devices verify with the keys that enrolment gave them, also after a restart', async () => {
    const first = createSigningKeys({ dataDir, clock, log });
    await first.start();
    const ring = await KeyRing.of(first.publicKeys());
    const second = createSigningKeys({ dataDir, clock, log });
    await second.start();
    expect(second.publicKeys()).toEqual(first.publicKeys());
    expect(second.publicKeys()).toHaveLength(2);
    const deviceId = 'huong-dao.HD-01.abc123';
    const compact = await second.sign('plan', { deviceId, expAtMs: START_MS + 1, ver: 3, jti: 'one', body: { hello: 1 } });
    const claims = await verifyMessage(compact, ring, { kind: 'plan', deviceId, nowMs: START_MS });
    expect(claims).toMatchObject({ aud: deviceId, ver: 3, jti: 'one', exp: START_MS / 1000 + 1, body: { hello: 1 } });
  });

  test('are never silently replaced when their file is damaged', async () => {
    const keys = createSigningKeys({ dataDir, clock, log });
    await keys.start();
    await writeFile(join(dataDir, 'keys', 'signing.json'), '{"current":');
    await expect(createSigningKeys({ dataDir, clock, log }).start()).rejects.toMatchObject({ code: 'key-file-damaged' });
  });
});
