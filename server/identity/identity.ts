import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Authenticate } from '../http/access.ts';
import type { Route } from '../http/route.ts';
import type { AuditService } from '../services.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import { ApiKeyStore } from './api-key-store.ts';
import { ApiKeys, keyOf } from './api-keys.ts';
import { auditRoutes } from './audit-routes.ts';
import { AuditStore } from './audit-store.ts';
import { Passwords } from './passwords.ts';
import { makePassword } from './secrets.ts';
import { sessionRoutes } from './session-routes.ts';
import { SessionStore } from './session-store.ts';
import { Sessions } from './sessions.ts';
import { SignInLimit } from './sign-in-limit.ts';
import { makeUserId, userRoutes } from './user-routes.ts';
import { UserStore } from './user-store.ts';

export interface Identity extends AuditService {
  routes: Route[];
  authenticate: Authenticate;
  /** Makes the first administrator, `admin`, where there is none. `password`: the one that was generated, to be shown once. */
  ensureAdministrator(options: { password?: string | undefined }): Promise<{ created: boolean; password?: string }>;
}

/** What the audit shows where nobody in particular acted. */
const SERVER_NAME = 'Máy chủ';

/** People, their sessions, keys for scripts, and the record of what they did. */
export function createIdentity(options: { db: Kysely<unknown>; clock: Clock; log: Logger }): Identity {
  const { db, clock, log } = options;
  const users = new UserStore({ db });
  const auditStore = new AuditStore({ db });
  const passwords = new Passwords();
  const apiKeys = new ApiKeys({ store: new ApiKeyStore({ db }), clock });
  const sessions = new Sessions({ users, store: new SessionStore({ db }), passwords, limit: new SignInLimit({ clock }), clock, log });

  const audit: AuditService['audit'] = (actor, action, subject, detail = {}) =>
    auditStore.add({ atMs: clock.nowMs(), actorId: actor?.id ?? null, actorName: actor?.name ?? SERVER_NAME, action, subject, detail });

  return {
    routes: [
      ...sessionRoutes({ sessions, users, passwords, audit: { audit } }),
      ...userRoutes({ users, sessions, passwords, audit: { audit }, clock }),
      ...apiKeyRoutes({ apiKeys, audit: { audit } }),
      ...auditRoutes({ store: auditStore }),
    ],
    audit,

    async authenticate(request, { touch = true } = {}) {
      const key = keyOf(request);
      if (key !== undefined) return await apiKeys.actorOf(key, { touch });
      const user = await sessions.userOf(request, { touch });
      return user && { id: user.id, name: user.username, role: user.role, areas: user.areas, kind: 'user' };
    },

    async ensureAdministrator({ password }) {
      if (await users.hasAdministrator()) return { created: false };
      const chosen = password ?? makePassword();
      const id = makeUserId();
      const created = await users.add({
        id,
        username: 'admin',
        passwordHash: await passwords.hash(chosen),
        role: 'admin',
        areas: null,
        disabled: false,
        createdAtMs: clock.nowMs(),
      });
      if (!created) return { created: false };
      await audit(null, 'user-added', id, { username: 'admin', role: 'admin' });
      return { created: true, ...(password === undefined ? { password: chosen } : {}) };
    },
  };
}
