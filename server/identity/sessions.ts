import type { IncomingMessage } from 'node:http';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Passwords } from './passwords.ts';
import { csrfTokenOf, hashToken, makeToken, sameToken } from './secrets.ts';
import type { SessionOnFile, SessionStore } from './session-store.ts';
import type { SignInLimit } from './sign-in-limit.ts';
import { type UserOnFile, type UserStore, usernameKey } from './user-store.ts';

/** A forgotten open page in the commune's office ends over night. */
export const IDLE_MS = 12 * 3_600_000;
/** And nobody stays signed in for more than a week, however busy. */
export const ABSOLUTE_MS = 7 * 24 * 3_600_000;
/** A commit costs a sync of the disk: one a minute is enough to know that somebody is there. */
const TOUCH_MS = 60_000;
/** A person has a few devices; a script that signs in for each request must not fill the disk. */
const SESSIONS_PER_USER = 50;

const COOKIE = 'tl_session';
const SAFE_METHODS: readonly (string | undefined)[] = ['GET', 'HEAD', 'OPTIONS'];

/** Ended by idleness or by age. */
export function sessionEnded(session: Pick<SessionOnFile, 'createdAtMs' | 'usedAtMs'>, nowMs: number): boolean {
  return nowMs - session.usedAtMs >= IDLE_MS || nowMs - session.createdAtMs >= ABSOLUTE_MS;
}

/** Signing in and out, and who a session's cookie is. */
export class Sessions {
  readonly #users: UserStore;
  readonly #store: SessionStore;
  readonly #passwords: Passwords;
  readonly #limit: SignInLimit;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(options: { users: UserStore; store: SessionStore; passwords: Passwords; limit: SignInLimit; clock: Clock; log: Logger }) {
    this.#users = options.users;
    this.#store = options.store;
    this.#passwords = options.passwords;
    this.#limit = options.limit;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * The session's token, for the cookie. An unknown name, a disabled person and a wrong password are answered alike and
   * take as long.
   * @throws CodedError `wrong-credentials`, `too-many-requests`
   */
  async signIn(given: { username: string; password: string }, request: IncomingMessage): Promise<{ token: string; user: UserOnFile }> {
    const found = await this.#users.byName(given.username);
    const user = found?.disabled ? undefined : found;
    await this.prove(user, given, request);
    if (!user) throw new CodedError('wrong-credentials');
    const before = tokenOf(request);
    if (before !== undefined) await this.#store.end(hashToken(before));
    const token = makeToken();
    const nowMs = this.#clock.nowMs();
    await this.#store.add(
      { tokenHash: hashToken(token), userId: user.id, createdAtMs: nowMs, usedAtMs: nowMs },
      { keep: SESSIONS_PER_USER, endedBeforeMs: nowMs - ABSOLUTE_MS },
    );
    return { token, user };
  }

  /**
   * Checks a password and counts the failures of this name from this address.
   * @throws CodedError `wrong-credentials`, `too-many-requests`
   */
  async prove(user: UserOnFile | undefined, given: { username: string; password: string }, request: IncomingMessage): Promise<void> {
    const who = `${usernameKey(given.username)} ${request.socket.remoteAddress ?? ''}`;
    // Before it waits for its turn too: who is refused anyway must not fill the queue.
    this.#limit.admit(who);
    const right = await this.#passwords.check(user?.passwordHash, given.password, {
      admit: () => this.#limit.admit(who),
      judged: (good) => (good ? this.#limit.succeeded(who) : this.#limit.failed(who)),
    });
    if (right) return;
    this.#log.warn({ event: 'sign-in-failed', username: given.username, address: request.socket.remoteAddress });
    throw new CodedError('wrong-credentials');
  }

  /** @throws CodedError `csrf-token-missing` for an unsafe request without the session's token */
  async userOf(request: IncomingMessage, options: { touch: boolean }): Promise<UserOnFile | undefined> {
    const token = tokenOf(request);
    if (token === undefined) return undefined;
    const tokenHash = hashToken(token);
    const session = await this.#store.find(tokenHash);
    if (!session) return undefined;
    const nowMs = this.#clock.nowMs();
    if (sessionEnded(session, nowMs)) {
      await this.#store.end(tokenHash);
      return undefined;
    }
    const user = await this.#users.byId(session.userId);
    if (!user || user.disabled) return undefined;
    const csrf = request.headers['x-csrf-token'];
    if (!SAFE_METHODS.includes(request.method) && !(typeof csrf === 'string' && sameToken(csrf, csrfTokenOf(token)))) {
      throw new CodedError('csrf-token-missing');
    }
    if (options.touch && nowMs - session.usedAtMs >= TOUCH_MS) await this.#store.touch(tokenHash, nowMs);
    return user;
  }

  async signOut(request: IncomingMessage): Promise<void> {
    const token = tokenOf(request);
    if (token !== undefined) await this.#store.end(hashToken(token));
  }

  /** Ends all of a user's sessions but the one of this request. */
  async endOthers(userId: string, request: IncomingMessage): Promise<void> {
    const token = tokenOf(request);
    await this.#store.endAll(userId, token && hashToken(token));
  }
}

/** The session's token that the request brings along, whatever it is worth. */
export function tokenOf(request: IncomingMessage): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value) return value;
  }
  return undefined;
}

/** `Set-Cookie` for a token; undefined takes the cookie away. */
export function cookieFor(token: string | undefined, request: IncomingMessage): string {
  const overTls = request.headers['x-forwarded-proto'] === 'https';
  const maxAge = token === undefined ? 0 : ABSOLUTE_MS / 1000;
  return `${COOKIE}=${token ?? ''}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${overTls ? '; Secure' : ''}`;
}
