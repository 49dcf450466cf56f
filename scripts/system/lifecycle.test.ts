import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import type { Schedule } from '@tieng-lang/shared/contract/http/schedule';
import { afterAll, expect, test } from 'vitest';
import { ApiClient } from '../demo/client.ts';
import { freePorts, processesOn, until } from './harness.ts';

const ROOT = resolve(fileURLToPath(new URL('.', import.meta.url)), '../..');
const dataDir = mkdtempSync(join(tmpdir(), 'tieng-lang-'));
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

interface Run {
  child: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
}

async function npmStart(ports: readonly number[]): Promise<Run> {
  const [http, mqtt, device] = ports;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TL_DATA_DIR: dataDir,
    TL_HTTP_PORT: String(http),
    TL_MQTT_PORT: String(mqtt),
    TL_DEVICE_PORT: String(device),
    TL_CLUSTERS: '2',
  };
  delete env.TL_ADMIN_PASSWORD;
  const child = spawn('npm', ['start', '--silent'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  started.push(child);
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  await until('the commune is up', async () => {
    if (child.exitCode !== null) throw new Error(output);
    return output.includes('cụm loa trực tuyến');
  });
  return { child, output: () => output, ended };
}

/** Ctrl-C reaches the whole foreground group of the terminal. */
async function ctrlC(run: Run): Promise<void> {
  process.kill(-(run.child.pid ?? 0), 'SIGINT');
  await run.ended;
}

test('npm start shows the address and, the first time, a password that works; Ctrl-C or a service manager leaves no process; a second start keeps everything', async () => {
  const ports = await freePorts(3);
  const baseUrl = `http://127.0.0.1:${ports[0]}`;
  const first = await npmStart(ports);
  expect(first.output()).toContain(baseUrl);
  const password = /Mật khẩu:\s+(\S+)/.exec(first.output())?.[1] ?? '';
  expect(password).not.toBe('');
  const api = new ApiClient({ baseUrl });
  const key = await api.keyFor({ username: 'admin', password }, { name: 'thử', role: 'admin' });
  const before = await contents(api.withKey(key));
  expect(before.bulletins.length).toBeGreaterThanOrEqual(4);
  expect(before.schedules.length).toBeGreaterThanOrEqual(2);
  await ctrlC(first);
  expect(processesOn(dataDir)).toEqual([]);

  const second = await npmStart(ports);
  expect(second.output()).not.toContain('Mật khẩu');
  expect(second.output()).not.toMatch(/Cài |Biên dịch/);
  expect(await contents(api.withKey(key))).toEqual(before);
  // A service manager stops npm alone, not its group.
  second.child.kill('SIGTERM');
  await second.ended;
  await until('all are gone', async () => processesOn(dataDir).length === 0);
});

async function contents(api: ApiClient): Promise<{ bulletins: string[]; schedules: string[] }> {
  const bulletins = await api.get<{ items: Bulletin[] }>('/bulletins?limit=500');
  const schedules = await api.get<{ items: Schedule[] }>('/schedules?limit=500');
  return {
    bulletins: bulletins.items.map(({ id, state }) => `${id} ${state}`).sort(),
    schedules: schedules.items.map(({ id }) => id).sort(),
  };
}
