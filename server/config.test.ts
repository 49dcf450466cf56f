import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigurationError } from '@tieng-lang/shared/configuration';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureWritable, readConfig } from './config.ts';

function faultsOf(env: NodeJS.ProcessEnv): Map<string, string> {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return new Map(error.faults.map((fault) => [fault.name, fault.en]));
    throw error;
  }
  return new Map();
}

test('with nothing set, a station runs on the documented ports of this machine alone', () => {
  expect(readConfig({})).toEqual({
    dataDir: path.resolve('./data'),
    databaseFile: path.resolve('./data/tieng-lang.sqlite'),
    host: '127.0.0.1',
    httpPort: 8080,
    mqttPort: 8883,
    devicePort: 8443,
    adminPassword: undefined,
    publicHost: undefined,
    brokerUrl: undefined,
    logLevel: 'info',
  });
});

test('all the faults of a configuration are told at once, and the exit status is 78', () => {
  const env = {
    TL_HTTP_PORT: 'NaN',
    TL_MQTT_PORT: '65536',
    TL_DEVICE_PORT: '-1',
    TL_HOST: 'http://x/',
    TL_PUBLIC_HOST: 'https://loa.vn',
    TL_ADMIN_PASSWORD: 'x'.repeat(201),
    TL_DATABASE_URL: 'postgres://db/tl',
    TL_BROKER_URL: 'mqtt://broker:1883',
    TL_LOG_LEVEL: 'loud',
  };
  expect([...faultsOf(env).keys()].sort()).toEqual(Object.keys(env).sort());
  expect(() => readConfig(env)).toThrow(expect.objectContaining({ exitStatus: 78, message: expect.stringContaining('TL_LOG_LEVEL') }));
});

test('a password never stands in the message about it', () => {
  expect(() => readConfig({ TL_ADMIN_PASSWORD: 'hunter2'.repeat(50) })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  );
});

test('PostgreSQL is named as a later version', () => {
  expect(faultsOf({ TL_DATABASE_URL: 'postgresql://db/tl' }).get('TL_DATABASE_URL')).toMatch(/later version/);
});

test('two parts cannot have one port, unless each takes any free one', () => {
  expect([...faultsOf({ TL_HTTP_PORT: '9000', TL_DEVICE_PORT: '9000' }).keys()]).toEqual(['TL_DEVICE_PORT']);
  expect(faultsOf({ TL_HTTP_PORT: '0', TL_MQTT_PORT: '0', TL_DEVICE_PORT: '0' }).size).toBe(0);
});

test('an empty variable counts as unset, and a broker over TLS is taken', () => {
  const config = readConfig({ TL_HTTP_PORT: ' ', TL_BROKER_URL: 'mqtts://broker.tinh.vn:8883' });
  expect(config).toMatchObject({ httpPort: 8080, brokerUrl: 'mqtts://broker.tinh.vn:8883' });
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tl-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a data folder is made when it is missing, and the proof that it takes files leaves nothing behind', async () => {
  const made = path.join(folder, 'a', 'b');
  await ensureWritable(made);
  expect(await readdir(made)).toEqual([]);
});

test('a data folder that is a file, or lies below one, is refused by name', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  for (const wrong of [file, path.join(file, 'below')]) {
    await expect(ensureWritable(wrong)).rejects.toMatchObject({ code: 'folder-not-writable', params: { folder: wrong } });
  }
});
