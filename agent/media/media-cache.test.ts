import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alarm } from '@tieng-lang/shared/contract/journal';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AgentDatabase, openDatabase } from '../database.ts';
import { StandInServer } from '../testing/stand-in-server.ts';
import { enrol } from '../uplink/enrolment.ts';
import type { Identity } from '../uplink/identity.ts';
import { MediaCache } from './media-cache.ts';

const clock = new SystemClock();
const log = pino({ level: 'silent' });
const server = new StandInServer(clock);
let identity: Identity;
let enrolled: string;
let folder: string;
let db: AgentDatabase;
let alarms: Alarm[];
let caches: MediaCache[] = [];
let changed: () => void;

beforeAll(async () => {
  await server.start();
  enrolled = mkdtempSync(join(tmpdir(), 'agent-media-id-'));
  identity = await enrol({ dataDir: enrolled, server: { url: server.url, code: server.code }, clock, log });
});

afterAll(async () => {
  await server.stop();
  rmSync(enrolled, { recursive: true, force: true });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-media-'));
  db = openDatabase(folder);
  alarms = [];
  changed = () => undefined;
  server.mediaFaults.length = 0;
  server.mediaRequests.length = 0;
});

afterEach(async () => {
  await Promise.all(caches.map((cache) => cache.stop()));
  caches = [];
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openCache(options: { budgetBytes?: number; reserveBytes?: number; random?: () => number } = {}): Promise<MediaCache> {
  const cache = new MediaCache({
    db,
    folder: join(folder, 'media'),
    identity,
    clock,
    log,
    nowMs: () => clock.nowMs(),
    onChanged: () => changed(),
    onAlarm: (alarm) => alarms.push(alarm),
    random: () => 0,
    ...options,
  });
  caches.push(cache);
  await cache.start();
  return cache;
}

/** Resolves when something changed in the cache and `ready` holds. */
function until(ready: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    changed = () => {
      if (ready()) resolve();
    };
    changed();
  });
}

const wanted = (bytes: Buffer, neededAtMs = 1) => ({ sha256: server.addMedia(bytes), bytes: bytes.length, neededAtMs });
const all = (cache: MediaCache) => () => cache.counts.total > 0 && cache.counts.verified === cache.counts.total;
const partOf = (sha256: string) => join(folder, 'media', `${sha256}.opus.part`);

test('a file is fetched once, is the one that was named, and is not fetched again after a restart', async () => {
  const bytes = randomBytes(400_000);
  const file = wanted(bytes);
  const cache = await openCache();
  await cache.want([file, file]);
  await until(all(cache));
  expect(readFileSync((await cache.path(file.sha256)) ?? '').equals(bytes)).toBe(true);
  await cache.stop();
  const again = await openCache();
  await again.want([file]);
  expect(again.counts).toEqual({ verified: 1, total: 1 });
  expect(await again.path(file.sha256)).toBeDefined();
  expect(server.mediaRequests).toHaveLength(1);
});

test('a link that breaks in the middle is gone on from: no byte crosses it twice', async () => {
  const bytes = randomBytes(1_000_000);
  const file = wanted(bytes);
  server.mediaFaults.push({ cutAfterBytes: 300_000 });
  const cache = await openCache();
  await cache.want([file]);
  await until(all(cache));
  const [, second] = server.mediaRequests;
  const from = Number(/bytes=(\d+)-/.exec(second?.range ?? '')?.[1]);
  expect(from).toBeGreaterThan(0);
  expect(second?.sentBytes).toBe(1_000_000 - from);
  expect(readFileSync((await cache.path(file.sha256)) ?? '').equals(bytes)).toBe(true);
});

test('what came before a power cut is gone on from after it', async () => {
  const bytes = randomBytes(500_000);
  const file = wanted(bytes);
  const first = await openCache();
  await first.stop();
  writeFileSync(partOf(file.sha256), bytes.subarray(0, 200_000));
  const cache = await openCache();
  await cache.want([file]);
  await until(all(cache));
  expect(server.mediaRequests).toMatchObject([{ range: 'bytes=200000-', sentBytes: 300_000 }]);
  expect(readFileSync((await cache.path(file.sha256)) ?? '').equals(bytes)).toBe(true);
});

test('a part that a dying card garbled is found out at the end and fetched anew', async () => {
  const bytes = randomBytes(500_000);
  const file = wanted(bytes);
  const first = await openCache();
  await first.stop();
  writeFileSync(partOf(file.sha256), randomBytes(200_000));
  // Tried again in a tenth of the first delay; a real second.
  const cache = await openCache();
  await cache.want([file]);
  await until(all(cache));
  expect(readFileSync((await cache.path(file.sha256)) ?? '').equals(bytes)).toBe(true);
  expect(alarms.map((alarm) => alarm.code)).toEqual(['media-damaged']);
});

test('a server that knows no ranges, or has less than was kept, is taken from the beginning', async () => {
  for (const fault of [{ ignoreRange: true } as const, { status: 416 }]) {
    const bytes = randomBytes(300_000);
    const file = wanted(bytes);
    const cache = await openCache();
    writeFileSync(partOf(file.sha256), randomBytes(100_000));
    server.mediaFaults.push(fault);
    await cache.want([file]);
    await until(all(cache));
    expect(readFileSync((await cache.path(file.sha256)) ?? '').equals(bytes)).toBe(true);
    await cache.stop();
  }
});

test('wrong bytes are never played: not of another content, nor longer, nor shorter than planned', async () => {
  const bytes = randomBytes(50_000);
  for (const otherBytes of [randomBytes(50_000), randomBytes(60_000), randomBytes(40_000)]) {
    const file = wanted(bytes);
    server.mediaFaults.push({ otherBytes });
    const cache = await openCache();
    const raised = new Promise<void>((resolve) => {
      alarms = new Proxy<Alarm[]>([], {
        set: (target, key, value, receiver) => {
          resolve();
          return Reflect.set(target, key, value, receiver);
        },
      });
    });
    await cache.want([file]);
    await raised;
    expect(cache.counts.verified).toBe(0);
    expect(await cache.path(file.sha256)).toBeUndefined();
    expect(existsSync(partOf(file.sha256))).toBe(false);
    await cache.stop();
  }
});

test('the connection coming back tries again at once what was waiting', async () => {
  const file = wanted(randomBytes(10_000));
  server.mediaFaults.push({ status: 404 });
  const cache = await openCache({ random: () => 1 });
  await cache.want([file]);
  await expect.poll(() => server.mediaRequests.length).toBe(1);
  await expect
    .poll(() => {
      cache.connected();
      return cache.counts.verified;
    })
    .toBe(1);
});

test('a file that the card lost or altered is noticed before it is played, and fetched anew', async () => {
  const bytes = randomBytes(80_000);
  const file = wanted(bytes);
  const first = await openCache();
  await first.want([file]);
  await until(all(first));
  const path = (await first.path(file.sha256)) ?? '';
  await first.stop();
  const { mtimeMs } = db.prepare<[], { mtimeMs: number }>('SELECT mtime_ms AS mtimeMs FROM media').get() ?? { mtimeMs: 0 };
  writeFileSync(path, randomBytes(80_000));
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
  const cache = await openCache();
  await cache.want([file]);
  expect([undefined, path]).toContain(await cache.path(file.sha256));
  await until(all(cache));
  expect(readFileSync((await cache.path(file.sha256)) ?? '').equals(bytes)).toBe(true);
});

test('a file that does not decode though its bytes are right is not fetched over and over', async () => {
  const file = wanted(randomBytes(10_000));
  const cache = await openCache();
  await cache.want([file]);
  await until(all(cache));
  cache.damaged(file.sha256);
  await until(() => cache.counts.verified === 0);
  expect(alarms).toMatchObject([{ code: 'media-damaged', evidence: { onDisk: false } }]);
  expect(await cache.path(file.sha256)).toBeUndefined();
  expect(server.mediaRequests).toHaveLength(1);
});

test('when room is short, what nothing needs goes first, then what is needed last', async () => {
  const [old, soon, late] = [wanted(randomBytes(40_000), 10), wanted(randomBytes(40_000), 20), wanted(randomBytes(40_000), 30)];
  const cache = await openCache({ budgetBytes: 100_000 });
  await cache.want([old]);
  await until(all(cache));
  await cache.want([soon, late]);
  await until(() => cache.has(soon.sha256) && cache.has(late.sha256));
  expect(readdirSync(join(folder, 'media'))).not.toContain(`${old.sha256}.opus`);
  const order = wanted(randomBytes(40_000), 0);
  await cache.want([order, soon, late]);
  await until(() => cache.has(order.sha256));
  expect(cache.has(soon.sha256)).toBe(true);
  expect(cache.has(late.sha256)).toBe(false);
  await until(() => alarms.length > 0);
  expect(alarms.map((alarm) => alarm.code)).toEqual(['disk-full']);
  expect(cache.counts).toEqual({ verified: 2, total: 3 });
});

test('the last of the disk is the journal’s: nothing is fetched into the reserve', async () => {
  const cache = await openCache({ reserveBytes: Number.MAX_SAFE_INTEGER });
  await cache.want([wanted(randomBytes(1_000))]);
  await until(() => alarms.length > 0);
  expect(alarms.map((alarm) => alarm.code)).toEqual(['disk-full']);
  expect(server.mediaRequests).toHaveLength(0);
});
