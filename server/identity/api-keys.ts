import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Role } from '@tieng-lang/shared/contract/http/identity';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Actor } from '../http/route.ts';
import type { ApiKeyOnFile, ApiKeyStore } from './api-key-store.ts';
import { hashToken, makeToken } from './secrets.ts';

/** By it a leaked key is found in a log or a repository. */
const PREFIX = 'tl_';
/** A commit costs a sync of the disk; when a key was last used need not be known better than this. */
const TOUCH_MS = 60_000;

/** Keys for scripts: each acts as a user of its own. */
export class ApiKeys {
  readonly #store: ApiKeyStore;
  readonly #clock: Clock;

  constructor(options: { store: ApiKeyStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** The key itself is in this answer alone; only its hash is stored. */
  async make(given: { name: string; role: Role; areas: string[] | null; createdBy: string }): Promise<{ id: string; key: string }> {
    const id = `key_${randomBytes(12).toString('base64url')}`;
    const key = `${PREFIX}${makeToken()}`;
    await this.#store.add({ id, ...given, keyHash: hashToken(key), createdAtMs: this.#clock.nowMs(), usedAtMs: null });
    return { id, key };
  }

  list(limit: number, after: string | undefined): Promise<ApiKeyOnFile[]> {
    return this.#store.list(limit, after);
  }

  /** False: there is no such key. */
  revoke(id: string): Promise<boolean> {
    return this.#store.revoke(id, this.#clock.nowMs());
  }

  async actorOf(key: string, options: { touch: boolean }): Promise<Actor | undefined> {
    if (!key.startsWith(PREFIX)) return undefined;
    const found = await this.#store.byHash(hashToken(key));
    if (!found) return undefined;
    const nowMs = this.#clock.nowMs();
    if (options.touch && nowMs - (found.usedAtMs ?? Number.NEGATIVE_INFINITY) >= TOUCH_MS) await this.#store.touch(found.id, nowMs);
    return { id: found.id, name: found.name, role: found.role, areas: found.areas, kind: 'key' };
  }
}

/** The key that the request brings along (RFC 6750 §2.1); undefined when it brings none. */
export function keyOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S*)$/i.exec(request.headers.authorization ?? '')?.[1];
}
