import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StandInServer } from '../testing/stand-in-server.ts';
import { enrol } from './enrolment.ts';
import { loadIdentity } from './identity.ts';

const clock = new SystemClock();
const log = pino({ level: 'silent' });
let server: StandInServer;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agent-enrolment-'));
  server = new StandInServer(clock);
  await server.start();
});

afterEach(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const withCode = (code: string) => enrol({ dataDir, server: { url: server.url, code }, clock, log, random: () => 0 });

test('a technician types the code once: the device has its own key, which nobody else can read', async () => {
  const identity = await withCode(server.code.toLowerCase().replaceAll('-', ' '));
  expect(identity.deviceId).toBe(server.deviceId);
  expect(identity.privateKey).toContain('BEGIN PRIVATE KEY');
  expect((await stat(join(dataDir, 'identity.json'))).mode & 0o777).toBe(0o600);
  expect(await loadIdentity(dataDir)).toEqual(identity);
});

test('the same command typed again keeps the identity and asks nobody', async () => {
  const { code } = server;
  const first = await withCode(code);
  expect(await withCode(code)).toEqual(first);
});

test('a new code makes a new device of a box that was enrolled before', async () => {
  const first = await withCode(server.code);
  server.newCode();
  const second = await withCode(server.code);
  expect(second.deviceId).not.toBe(first.deviceId);
  expect(second.privateKey).not.toBe(first.privateKey);
});

test('a server that did not issue the code is never told the secret', async () => {
  const stranger = new StandInServer(clock);
  await stranger.start();
  const { code } = server;
  await expect(enrol({ dataDir, server: { url: stranger.url, code }, clock, log })).rejects.toMatchObject({
    code: 'enrolment-pin-mismatch',
  });
  expect(await loadIdentity(dataDir)).toBeUndefined();
  await stranger.stop();
});

test('a used or mistyped code is refused with its reason and leaves nothing behind', async () => {
  const { code } = server;
  server.newCode();
  await expect(withCode(code)).rejects.toMatchObject({ code: 'enrolment-code-invalid' });
  await expect(withCode('ABCD-EFGH')).rejects.toMatchObject({ code: 'enrolment-code-invalid' });
  expect(await loadIdentity(dataDir)).toBeUndefined();
});

test('a server that is not up yet is waited for', async () => {
  const { code, url } = server;
  const abort = new AbortController();
  const waiting = enrol({ dataDir, server: { url: 'https://127.0.0.1:1', code }, clock, log, signal: abort.signal });
  abort.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  expect((await enrol({ dataDir, server: { url, code }, clock, log })).deviceId).toBe(server.deviceId);
});
