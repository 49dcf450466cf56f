import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { Bulletin, Media } from '@tieng-lang/shared/contract/http/content';
import type { PlayLogLine } from '@tieng-lang/shared/contract/http/receipts';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { ApiClient } from '../demo/client.ts';
import { Commune } from '../demo/commune.ts';

export const clock: Clock = new SystemClock();

/** Whatever is awaited on a loaded machine with two cores ends by then, one way or the other. */
const PATIENCE_MS = 120_000;

/** Asks until the answer is there; the last answer is part of the failure. */
export async function until<Value>(what: string, ask: () => Promise<Value | undefined | false>, patienceMs = PATIENCE_MS): Promise<Value> {
  const endMs = clock.monotonicMs() + patienceMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await ask();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (clock.monotonicMs() > endMs) throw new Error(`did not happen in ${patienceMs / 1000} s: ${what} (${String(last)})`);
    await sleep(clock, 100);
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export interface TestCommune {
  dataDir: string;
  baseUrl: string;
  env: NodeJS.ProcessEnv;
  commune: Commune;
  said: string[];
  /** Two people and the administrator, by key. */
  admin: ApiClient;
  author: ApiClient;
  approver: ApiClient;
  stop(): Promise<void>;
}

export const ADMIN_PASSWORD = 'mat-khau-quan-tri';

/** The whole commune as `npm start` runs it, in a folder and on ports of its own. */
export async function startCommune(options: { clusters: number; sink?: 'null' | 'file'; dataDir?: string }): Promise<TestCommune> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tieng-lang-'));
  const [http = 0, mqtt = 0, device = 0] = await freePorts(3);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TL_DATA_DIR: dataDir,
    TL_HTTP_PORT: String(http),
    TL_MQTT_PORT: String(mqtt),
    TL_DEVICE_PORT: String(device),
    TL_HOST: '127.0.0.1',
    TL_ADMIN_PASSWORD: ADMIN_PASSWORD,
    TL_CLUSTERS: String(options.clusters),
    TL_SINK: options.sink ?? 'null',
  };
  const said: string[] = [];
  const commune = new Commune({ env, clock, say: (text) => said.push(text) });
  try {
    await commune.start();
  } catch (error) {
    await commune.stop();
    throw new Error(`${String(error)}\n${tail(join(dataDir, 'logs/server.log'))}`);
  }
  const keys = JSON.parse(readFileSync(join(dataDir, 'demonstration.json'), 'utf8')) as Record<'admin' | 'author' | 'approver', string>;
  const api = new ApiClient({ baseUrl: `http://127.0.0.1:${http}` });
  return {
    dataDir,
    baseUrl: api.baseUrl,
    env,
    commune,
    said,
    admin: api.withKey(keys.admin),
    author: api.withKey(keys.author),
    approver: api.withKey(keys.approver),
    stop: async () => {
      await commune.stop();
      if (options.dataDir === undefined && process.env.TL_KEEP === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-2000);
  } catch {
    return '(no log)';
  }
}

/** A real MP3 of so many seconds: notes that never repeat, so that a comparison can tell one place from another. */
export function makeMp3(folder: string, name: string, seconds: number): string {
  const file = join(folder, name);
  const notes = 'sin(2*PI*t*(300+60*floor(mod(t*7.3,11))+25*sin(2*PI*1.7*t)))*0.35+0.15*sin(2*PI*t*(1800+300*sin(t)))+0.05*(random(0)-0.5)';
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `aevalsrc='${notes}':s=44100:d=${seconds}`, '-b:a', '128k', file], {
    timeout: 60_000,
  });
  return file;
}

/** Uploads a recording as the author and waits until it is ready. */
export async function uploaded(tl: TestCommune, file: string): Promise<Media> {
  const { id } = await tl.author.upload<{ id: string }>('/media', file);
  return until('media ready', async () => {
    const media = await tl.author.get<Media>(`/media/${id}`);
    if (media.state === 'refused') throw new Error(media.refusal?.code);
    return media.state === 'ready' && media;
  });
}

/** A bulletin, written by one person and approved by another. */
export async function approved(tl: TestCommune, body: { title: string; level?: string; mediaId: string }): Promise<Bulletin> {
  const { id } = await tl.author.post<Bulletin>('/bulletins', { level: 'normal', ...body });
  await tl.author.post(`/bulletins/${id}/submit`);
  return tl.approver.post<Bulletin>(`/bulletins/${id}/approve`);
}

/** The play log of one broadcast, once it holds so many lines. */
export function receiptsOf(tl: TestCommune, broadcastId: string, count: number): Promise<PlayLogLine[]> {
  return until(`${count} receipts`, async () => {
    const from = encodeURIComponent(new Date(clock.nowMs() - 86_400_000).toISOString());
    const to = encodeURIComponent(new Date(clock.nowMs() + 86_400_000).toISOString());
    const { items } = await tl.admin.get<{ items: PlayLogLine[] }>(
      `/receipts?from=${from}&to=${to}&broadcast=${encodeURIComponent(broadcastId)}&limit=500`,
    );
    return items.length >= count && items;
  });
}

export async function clustersOf(tl: TestCommune): Promise<Cluster[]> {
  return (await tl.admin.get<{ items: Cluster[] }>('/clusters?limit=500')).items;
}

/** A local time of the commune as the schedule's contract wants it, `2026-11-23T05:30:00`. */
export function localTime(atMs: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Ho_Chi_Minh', dateStyle: 'short', timeStyle: 'medium' })
    .format(atMs)
    .replace(' ', 'T');
}

/** The processes that were started with this data folder, by their ids. */
export function processesOn(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TL_DATA_DIR=${dataDir}`);
      } catch {
        // It went while we looked, or is not ours to read.
        return false;
      }
    })
    .map(Number);
}
