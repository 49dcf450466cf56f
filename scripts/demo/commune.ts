import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import * as z from 'zod';
import { Child } from './child.ts';
import { ApiClient, ProblemError } from './client.ts';
import { type FleetMessage, fleetMessage, serverReady } from './messages.ts';
import { seed } from './seed.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = HERE.includes('/dist/') ? resolve(HERE, '../../..') : resolve(HERE, '../..');
const STATION_FILE = join(ROOT, 'server/fleet/huong-dao.json');
const SERVER_ENTRY = join(ROOT, 'server/dist/main.js');
const FLEET_ENTRY = join(ROOT, 'scripts/dist/demo/fleet.js');

const FIRST_PASSWORD = 'first-password';

/** The first start makes keys, a CA and a database: some seconds; far more means that something hangs. */
const READY_MS = 120_000;
/** Clusters that are not on line by then are left to come by themselves. */
const ONLINE_MS = 60_000;

/** A fault that ends the start, in a sentence for a person. */
export class CommuneError extends Error {
  override readonly name = 'CommuneError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** What the demonstration keeps for itself: its keys to the API, as two people. */
const demonstration = z.object({ admin: z.string(), author: z.string(), approver: z.string(), seeded: z.boolean() });
type Demonstration = z.infer<typeof demonstration>;

export interface CommuneOptions {
  env: NodeJS.ProcessEnv;
  clock: Clock;
  say(text: string): void;
}

/** The server and the clusters of Hướng Đạo, as processes of this machine; it uses the public contract only. */
export class Commune {
  readonly #options: CommuneOptions;
  readonly #dataDir: string;
  #server: Child | undefined;
  #fleet: Child | undefined;
  #serverReady: ((ports: z.infer<typeof serverReady>) => void) | undefined;
  #failed: ((error: CommuneError) => void) | undefined;
  #api: ApiClient | undefined;
  #ports = { device: 0, mqtt: 0 };
  #stopped = false;

  constructor(options: CommuneOptions) {
    this.#options = options;
    this.#dataDir = resolve(options.env.TL_DATA_DIR ?? './data');
  }

  /** The processes, for drills. */
  get pids(): { server: number | undefined; fleet: number | undefined } {
    return { server: this.#server?.pid, fleet: this.#fleet?.pid };
  }

  async start(): Promise<void> {
    const { env, say } = this.#options;
    const clusters = this.#clusterCodes();
    const keysFile = join(this.#dataDir, 'demonstration.json');
    const given = env.TL_ADMIN_PASSWORD;
    const firstPassword = existsSync(keysFile) ? undefined : (given ?? this.#generatedPassword());
    const ports = await this.#startServer(firstPassword);
    this.#ports = { device: ports.devicePort, mqtt: ports.mqttPort };
    const baseUrl = `http://${hostOf(env)}:${ports.httpPort}`;
    const keys = await this.#keys(keysFile, baseUrl, firstPassword);
    this.#api = new ApiClient({ baseUrl, key: keys.admin });
    say('');
    say('  Tiếng Làng — Đài truyền thanh xã Hướng Đạo (minh họa)');
    say(`  Bảng điều khiển:  ${baseUrl}`);
    say('  Tên đăng nhập:    admin');
    if (firstPassword !== undefined && given === undefined) say(`  Mật khẩu:         ${firstPassword}   (chỉ hiện một lần này)`);
    rmSync(join(this.#dataDir, FIRST_PASSWORD), { force: true });
    say('');
    this.#startFleet(clusters);
    await this.#seedOnce(keys, keysFile, baseUrl);
    const online = await this.#waitOnline(clusters.length);
    if (!this.#stopped) say(`  ${online}/${clusters.length} cụm loa trực tuyến. Nhấn Ctrl-C để dừng tất cả.`);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#fleet?.stop();
    await this.#server?.stop();
  }

  #clusterCodes(): string[] {
    const station = z.object({ clusters: z.array(z.object({ code: z.string() })) }).parse(JSON.parse(readFileSync(STATION_FILE, 'utf8')));
    const count = z.coerce
      .number()
      .int()
      .min(0)
      .max(station.clusters.length)
      .safeParse(this.#options.env.TL_CLUSTERS ?? station.clusters.length);
    if (!count.success) throw new CommuneError(`TL_CLUSTERS phải là số nguyên từ 0 đến ${station.clusters.length}.`, 78);
    return station.clusters.slice(0, count.data).map(({ code }) => code);
  }

  /** Kept until it was shown: a first start that is cut off must not leave an administrator whom nobody can be. */
  #generatedPassword(): string {
    mkdirOrFail(this.#dataDir);
    const file = join(this.#dataDir, FIRST_PASSWORD);
    if (existsSync(file)) return readFileSync(file, 'utf8');
    const password = randomBytes(9).toString('base64url');
    writeFileSync(file, password, { mode: 0o600 });
    return password;
  }

  async #startServer(password: string | undefined): Promise<z.infer<typeof serverReady>> {
    const { env, clock } = this.#options;
    const ready = new Promise<z.infer<typeof serverReady>>((done, failed) => {
      this.#serverReady = done;
      this.#failed = failed;
    });
    let started = false;
    this.#server = new Child({
      name: 'server',
      entry: SERVER_ENTRY,
      env: { ...env, TL_DATA_DIR: this.#dataDir, ...(password === undefined ? {} : { TL_ADMIN_PASSWORD: password }) },
      logFile: join(this.#dataDir, 'logs/server.log'),
      clock,
      onMessage: (message) => {
        const parsed = serverReady.safeParse(message);
        if (!parsed.success) return;
        started = true;
        this.#serverReady?.(parsed.data);
      },
      // Before it was ever ready its own sentence has said why; afterwards it is brought back.
      onExit: (code) => {
        if (!started) this.#failed?.(new CommuneError('Máy chủ không khởi động được; xem lý do ở trên.', code ?? 1));
        return { again: started };
      },
    });
    mkdirOrFail(this.#dataDir);
    this.#server.start();
    const late = clock.after(READY_MS, () => this.#failed?.(new CommuneError(`Máy chủ chưa sẵn sàng sau ${READY_MS / 1000} giây.`, 1)));
    try {
      return await ready;
    } finally {
      late.cancel();
    }
  }

  #startFleet(clusters: readonly string[]): void {
    const { env, clock } = this.#options;
    if (clusters.length === 0) return;
    this.#fleet = new Child({
      name: 'fleet',
      entry: FLEET_ENTRY,
      args: [
        '--server',
        `https://${hostOf(env)}:${this.#ports.device}`,
        '--broker',
        env.TL_BROKER_URL ?? `mqtts://${hostOf(env)}:${this.#ports.mqtt}`,
        '--clusters',
        clusters.join(','),
      ],
      env: { ...env, TL_DATA_DIR: this.#dataDir, TL_SINK: env.TL_SINK ?? 'null' },
      logFile: join(this.#dataDir, 'logs/fleet.log'),
      clock,
      onMessage: (message, reply) => {
        const parsed = fleetMessage.safeParse(message);
        if (parsed.success && parsed.data.type === 'code-wanted') this.#issueCode(parsed.data.cluster, reply);
      },
      onExit: (code) => ({ again: code !== 78 }),
    });
    this.#fleet.start();
  }

  #issueCode(cluster: string, reply: (answer: FleetMessage) => void): void {
    this.#api?.post<{ code: string }>('/enrolments', { cluster }).then(
      ({ code }) => reply({ type: 'code', cluster, code }),
      (error: unknown) => this.#options.say(`  ${cluster}: chưa ghép được (${String(error)})`),
    );
  }

  async #keys(file: string, baseUrl: string, password: string | undefined): Promise<Demonstration> {
    if (existsSync(file)) return demonstration.parse(JSON.parse(readFileSync(file, 'utf8')));
    const api = new ApiClient({ baseUrl });
    try {
      const admin = await api.keyFor({ username: 'admin', password: password ?? '' }, { name: 'Bản minh họa', role: 'admin' });
      const asAdmin = api.withKey(admin);
      const author = await asAdmin.post<{ key: string }>('/api-keys', { name: 'Người soạn (minh họa)', role: 'editor' });
      const approver = await asAdmin.post<{ key: string }>('/api-keys', { name: 'Người duyệt (minh họa)', role: 'approver' });
      const made = { admin, author: author.key, approver: approver.key, seeded: false };
      writeDemonstration(file, made);
      return made;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      throw new CommuneError('Thư mục dữ liệu này đã có quản trị viên. Đặt TL_ADMIN_PASSWORD là mật khẩu của "admin" rồi chạy lại.', 1);
    }
  }

  async #seedOnce(keys: Demonstration, file: string, baseUrl: string): Promise<void> {
    if (keys.seeded) return;
    const author = new ApiClient({ baseUrl, key: keys.author });
    const existing = await author.get<{ items: Bulletin[] }>('/bulletins?limit=1');
    if (existing.items.length === 0) {
      this.#options.say('  Đang tạo bản tin mẫu …');
      await seed({ author, approver: new ApiClient({ baseUrl, key: keys.approver }) }, this.#options.clock, 'Asia/Ho_Chi_Minh');
    }
    writeDemonstration(file, { ...keys, seeded: true });
  }

  async #waitOnline(total: number): Promise<number> {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + ONLINE_MS;
    for (;;) {
      const { items = [] } = (await this.#api?.get<{ items: Cluster[] }>('/clusters?limit=500')) ?? {};
      const online = items.filter((cluster) => cluster.presence.state === 'online').length;
      if (online >= total || this.#stopped || clock.monotonicMs() > untilMs) return online;
      await sleep(clock, 250);
    }
  }
}

function hostOf(env: NodeJS.ProcessEnv): string {
  const host = env.TL_HOST ?? '127.0.0.1';
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function mkdirOrFail(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    throw new CommuneError(`Không ghi được vào thư mục ${folder}; kiểm tra quyền hoặc đổi TL_DATA_DIR.`, 78);
  }
}

function writeDemonstration(file: string, content: Demonstration): void {
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
