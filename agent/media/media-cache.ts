import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type { Alarm } from '@tieng-lang/shared/contract/journal';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { AgentDatabase } from '../database.ts';
import type { PlayerMedia } from '../player/contract.ts';
import { retryDelayMs } from '../retry.ts';
import type { Identity } from '../uplink/identity.ts';
import { DownloadError, download, hashOfFile } from './download.ts';

/** Two at a time fill a 4G link; more would only delay the file that is needed first. */
const PARALLEL = 2;

/** A cut link is tried soon; a server that refuses or has not got it is asked every few minutes. */
const RETRY_LINK = { firstMs: 1_000, capMs: 60_000 };
const RETRY_OTHER = { firstMs: 10_000, capMs: 600_000 };

/** Media leave this much of the disk to the journal and the system. */
const RESERVE_BYTES = 64_000_000;

/** Some 90 hours of speech. */
const BUDGET_BYTES = 2_000_000_000;

export interface WantedMedia {
  sha256: string;
  bytes: number;
  /** When it is first to sound, ms; what sounds sooner is fetched sooner and kept longer. */
  neededAtMs: number;
}

export interface MediaCacheOptions {
  db: AgentDatabase;
  folder: string;
  identity: Pick<Identity, 'serverUrl' | 'authority' | 'certificate' | 'privateKey'>;
  clock: Clock;
  log: Logger;
  nowMs: () => number;
  /** More, fewer or other files are here than before. */
  onChanged: () => void;
  onAlarm: (alarm: Alarm) => void;
  budgetBytes?: number;
  reserveBytes?: number;
  random?: () => number;
}

interface Entry extends WantedMedia {
  state: 'missing' | 'fetching' | 'waiting' | 'here' | 'no-room' | 'bad-content';
  failures: number;
  timer: Timer | undefined;
}

/**
 * The media of the plan, by content. A file is here when its bytes were hashed as they came and it has been on the disk
 * since; after a start it is hashed again before its first use, as a card may have lost what it had said to hold.
 */
export class MediaCache implements PlayerMedia {
  readonly #options: MediaCacheOptions;
  readonly #random: () => number;
  readonly #abort = new AbortController();
  readonly #entries = new Map<string, Entry>();
  /** Hashed in full since the start; the promise while it is being hashed. */
  readonly #proven = new Map<string, Promise<boolean>>();
  /** By hash: one file is never written by two fetches. */
  readonly #fetches = new Map<string, Promise<void>>();
  /** Bytes that files being fetched will need, by hash: two must not count on the same room. */
  readonly #reserved = new Map<string, number>();
  #roomMaking: Promise<unknown> = Promise.resolve();
  #wanting: Promise<void> = Promise.resolve();
  #agent: Agent | undefined;
  #fullSaid = false;

  constructor(options: MediaCacheOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  async start(): Promise<void> {
    const { folder, identity } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { authority, certificate, privateKey } = identity;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: PARALLEL,
      ca: authority,
      cert: certificate,
      key: privateKey,
      minVersion: 'TLSv1.2',
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    for (const entry of this.#entries.values()) entry.timer?.cancel();
    await Promise.allSettled([this.#wanting, ...this.#fetches.values(), ...this.#proven.values()]);
    this.#agent?.destroy();
  }

  /** Verified and wanted, of all wanted. */
  get counts(): { verified: number; total: number } {
    const verified = [...this.#entries.values()].filter((entry) => entry.state === 'here').length;
    return { verified, total: this.#entries.size };
  }

  has(sha256: string): boolean {
    return this.#entries.get(sha256)?.state === 'here';
  }

  /** Replaces what is wanted. Each hash counts once, by its first use. */
  want(wanted: readonly WantedMedia[]): Promise<void> {
    // One after the other: each looks at the disk, and the last one called is the one that holds.
    const done = this.#wanting.then(() => this.#want(wanted));
    this.#wanting = done.catch(() => undefined);
    return done;
  }

  async #want(wanted: readonly WantedMedia[]): Promise<void> {
    const next = new Map<string, WantedMedia>();
    for (const media of wanted) {
      const held = next.get(media.sha256);
      if (!held || media.neededAtMs < held.neededAtMs) next.set(media.sha256, media);
    }
    for (const [sha256, entry] of this.#entries) {
      if (next.has(sha256)) continue;
      entry.timer?.cancel();
      this.#entries.delete(sha256);
    }
    for (const media of next.values()) {
      const entry = this.#entries.get(media.sha256);
      if (entry) entry.neededAtMs = media.neededAtMs;
      else this.#entries.set(media.sha256, { ...media, state: await this.#stateOnDisk(media), failures: 0, timer: undefined });
    }
    for (const entry of this.#entries.values()) if (entry.state === 'no-room') entry.state = 'missing';
    this.#options.onChanged();
    this.#fetchNext();
  }

  /** The link is up (again): what waited for its next try is tried now. */
  connected(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state !== 'waiting') continue;
      entry.timer?.cancel();
      entry.state = 'missing';
      entry.failures = 0;
    }
    this.#fetchNext();
  }

  async path(sha256: string): Promise<string | undefined> {
    const entry = this.#entries.get(sha256);
    if (entry?.state !== 'here') return undefined;
    return (await this.#prove(sha256)) ? this.#file(sha256) : undefined;
  }

  damaged(sha256: string): void {
    const entry = this.#entries.get(sha256);
    if (entry?.state !== 'here') return;
    this.#options.log.error({ event: 'media-damaged', sha256 });
    this.#proven.delete(sha256);
    // With the right bytes it is the content that is bad, and fetching it again would bring the same.
    this.#prove(sha256).then(
      (proven) => {
        this.#options.onAlarm({ code: 'media-damaged', evidence: { sha256, onDisk: !proven } });
        if (!proven || this.#entries.get(sha256) !== entry) return;
        entry.state = 'bad-content';
        this.#options.onChanged();
      },
      (error: unknown) => this.#options.log.error({ event: 'media-check-failed', sha256, err: error }),
    );
  }

  #file(sha256: string): string {
    return join(this.#options.folder, `${sha256}.opus`);
  }

  /** Cheap: what the ledger says, held against size and time of the file. */
  async #stateOnDisk(media: WantedMedia): Promise<'here' | 'missing'> {
    const { db, nowMs } = this.#options;
    const row = db
      .prepare<[string], { bytes: number; mtimeMs: number }>('SELECT bytes, mtime_ms AS mtimeMs FROM media WHERE sha256 = ?')
      .get(media.sha256);
    const found = await stat(this.#file(media.sha256)).catch(() => undefined);
    if (!found) return 'missing';
    if (row?.bytes === found.size && row.mtimeMs === found.mtimeMs) {
      db.prepare('UPDATE media SET wanted_at_ms = ? WHERE sha256 = ?').run(nowMs(), media.sha256);
      return 'here';
    }
    // Not as the ledger knows it (or the ledger was lost): only its bytes can tell.
    const hashed = await hashOfFile(this.#file(media.sha256));
    if (hashed?.sha256 !== media.sha256) {
      await this.#remove(media.sha256);
      return 'missing';
    }
    this.#remember(media.sha256, hashed.bytes, hashed.mtimeMs);
    this.#proven.set(media.sha256, Promise.resolve(true));
    return 'here';
  }

  /** Hashes a file once after the start. One that is wrong is thrown away and fetched anew. */
  #prove(sha256: string): Promise<boolean> {
    const held = this.#proven.get(sha256);
    if (held !== undefined) return held;
    const proof = hashOfFile(this.#file(sha256))
      .catch(() => undefined)
      .then(async (hashed) => {
        // Gone, wrong, or a card that cannot read it any more: all the same to the one who has to play it.
        if (hashed?.sha256 === sha256) return true;
        this.#options.log.error({ event: 'media-lost-on-disk', sha256 });
        this.#proven.delete(sha256);
        await this.#remove(sha256);
        const entry = this.#entries.get(sha256);
        if (entry) entry.state = 'missing';
        this.#options.onChanged();
        this.#fetchNext();
        return false;
      });
    this.#proven.set(sha256, proof);
    return proof;
  }

  #fetchNext(): void {
    if (this.#abort.signal.aborted || !this.#agent) return;
    const missing = [...this.#entries.values()]
      .filter((entry) => entry.state === 'missing' && !this.#fetches.has(entry.sha256))
      .sort((a, b) => a.neededAtMs - b.neededAtMs);
    for (const entry of missing) {
      if (this.#fetches.size >= PARALLEL) return;
      entry.state = 'fetching';
      const fetch: Promise<void> = this.#fetch(entry, this.#agent)
        .catch((error: unknown) => this.#failed(entry, error))
        .finally(() => {
          this.#reserved.delete(entry.sha256);
          this.#fetches.delete(entry.sha256);
          this.#fetchNext();
        });
      this.#fetches.set(entry.sha256, fetch);
    }
  }

  async #fetch(entry: Entry, agent: Agent): Promise<void> {
    const { identity, clock, log } = this.#options;
    if ((await this.#stateOnDisk(entry)) === 'here') {
      entry.state = 'here';
      this.#options.onChanged();
      return;
    }
    if (!(await this.#makeRoom(entry))) {
      entry.state = 'no-room';
      this.#sayFull(entry);
      return;
    }
    const startedAtMs = clock.monotonicMs();
    const path = this.#file(entry.sha256);
    const url = new URL(`/media/${entry.sha256}`, identity.serverUrl);
    await download({ url, path, sha256: entry.sha256, bytes: entry.bytes, agent, clock, signal: this.#abort.signal });
    const { size, mtimeMs } = await stat(path);
    this.#remember(entry.sha256, size, mtimeMs);
    this.#proven.set(entry.sha256, Promise.resolve(true));
    entry.state = 'here';
    entry.failures = 0;
    this.#fullSaid &&= [...this.#entries.values()].some((held) => held.state === 'no-room');
    log.info({ event: 'media-verified', sha256: entry.sha256, bytes: size, tookMs: Math.round(clock.monotonicMs() - startedAtMs) });
    this.#options.onChanged();
  }

  #failed(entry: Entry, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const failure = error instanceof DownloadError ? error.failure : 'link';
    if (failure === 'disk-full') {
      entry.state = 'no-room';
      this.#sayFull(entry);
      return;
    }
    entry.failures += 1;
    if (failure === 'wrong-content') {
      this.#options.onAlarm({ code: 'media-damaged', evidence: { sha256: entry.sha256, fetched: true, failures: entry.failures } });
    }
    const delayMs = retryDelayMs(entry.failures, failure === 'link' ? RETRY_LINK : RETRY_OTHER, this.#random);
    this.#options.log.warn({ event: 'media-not-fetched', sha256: entry.sha256, failure, err: error, retryInMs: Math.round(delayMs) });
    entry.state = 'waiting';
    entry.timer = this.#options.clock.after(delayMs, () => {
      if (entry.state === 'waiting') entry.state = 'missing';
      this.#fetchNext();
    });
  }

  #remember(sha256: string, bytes: number, mtimeMs: number): void {
    this.#options.db
      .prepare(
        `INSERT INTO media (sha256, bytes, mtime_ms, wanted_at_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (sha256) DO UPDATE SET bytes = excluded.bytes, mtime_ms = excluded.mtime_ms, wanted_at_ms = excluded.wanted_at_ms`,
      )
      .run(sha256, bytes, mtimeMs, this.#options.nowMs());
  }

  async #remove(sha256: string): Promise<void> {
    this.#options.db.prepare('DELETE FROM media WHERE sha256 = ?').run(sha256);
    this.#proven.delete(sha256);
    await rm(this.#file(sha256), { force: true });
    await rm(`${this.#file(sha256)}.part`, { force: true });
  }

  /**
   * Room for one more file, inside the budget and above the reserve. First goes what nothing wants, the longest unwanted
   * first; then what is needed later than this file, the latest first. False: it does not fit.
   */
  #makeRoom(entry: Entry): Promise<boolean> {
    const made = this.#roomMaking.then(() => this.#makeRoomAlone(entry));
    this.#roomMaking = made.catch(() => undefined);
    return made;
  }

  async #makeRoomAlone(entry: Entry): Promise<boolean> {
    for (const sha256 of [undefined, ...(await this.#dispensable(entry))]) {
      if (sha256 !== undefined) {
        this.#options.log.info({ event: 'media-evicted', sha256 });
        await this.#remove(sha256);
        const evicted = this.#entries.get(sha256);
        if (evicted) {
          evicted.state = 'no-room';
          this.#sayFull(evicted);
        }
      }
      if (!(await this.#fits(entry))) continue;
      this.#reserved.set(entry.sha256, entry.bytes);
      return true;
    }
    return false;
  }

  async #dispensable(entry: Entry): Promise<string[]> {
    const lastWanted = new Map(
      this.#options.db
        .prepare<[], { sha256: string; atMs: number }>('SELECT sha256, wanted_at_ms AS atMs FROM media')
        .all()
        .map((row) => [row.sha256, row.atMs]),
    );
    const unwanted = [...new Set((await readdir(this.#options.folder)).map(shaOf))]
      .filter((sha256) => !this.#entries.has(sha256))
      .sort((a, b) => (lastWanted.get(a) ?? 0) - (lastWanted.get(b) ?? 0));
    const later = [...this.#entries.values()]
      .filter((held) => held.state === 'here' && held.neededAtMs > entry.neededAtMs)
      .sort((a, b) => b.neededAtMs - a.neededAtMs)
      .map((held) => held.sha256);
    return [...unwanted, ...later];
  }

  async #fits(entry: Entry): Promise<boolean> {
    const { folder, budgetBytes = BUDGET_BYTES, reserveBytes = RESERVE_BYTES } = this.#options;
    let coming = entry.bytes;
    for (const bytes of this.#reserved.values()) coming += bytes;
    let used = coming;
    for (const name of await readdir(folder)) {
      const sha256 = shaOf(name);
      if (sha256 === entry.sha256 || this.#reserved.has(sha256)) continue;
      const found = await stat(join(folder, name)).catch(() => undefined);
      used += found?.size ?? 0;
    }
    if (used > budgetBytes) return false;
    const disk = await statfs(folder);
    return disk.bavail * disk.bsize - coming > reserveBytes;
  }

  /** Said once until something fits again: one cause, one alarm. */
  #sayFull(entry: Entry): void {
    if (!this.#fullSaid) this.#options.onAlarm({ code: 'disk-full', evidence: { sha256: entry.sha256, bytes: entry.bytes } });
    this.#fullSaid = true;
    this.#options.onChanged();
  }
}

/** `<hash>.opus`, `<hash>.opus.part` */
function shaOf(name: string): string {
  return name.split('.')[0] ?? name;
}
