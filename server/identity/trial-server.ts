import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Role } from '@tieng-lang/shared/contract/http/identity';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import type { Express } from 'express';
import type { Kysely } from 'kysely';
import { type DestinationStream, pino } from 'pino';
import { openDatabase } from '../database/database.ts';
import { createApplication } from '../http/application.ts';
import { createMetrics, type Metrics } from '../http/metrics.ts';
import type { Route } from '../http/route.ts';
import { ApiKeyStore } from './api-key-store.ts';
import { ApiKeys } from './api-keys.ts';
import { createIdentity, type Identity } from './identity.ts';

export const ADMIN_PASSWORD = 'mật khẩu quản trị';

/** A server for tests of routes: a real database in a folder of its own, real sign-in, a clock that moves when told. */
export interface TrialServer {
  app: Express;
  identity: Identity;
  db: Kysely<unknown>;
  clock: ManualClock;
  metrics: Metrics;
  /** An API key of a role, ready for an `Authorization` header: each call is a person of its own. */
  bearer(role: Role): Promise<string>;
  close(): Promise<void>;
}

/** `routes` is called once the rest stands, so that it can build on it. There is an administrator: `admin`, ADMIN_PASSWORD. */
export async function createTrialServer(
  options: { routes?: (server: Omit<TrialServer, 'app' | 'close'>) => Route[]; consoleDir?: string; records?: DestinationStream } = {},
): Promise<TrialServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tl-trial-'));
  const log = options.records ? pino({ level: 'debug' }, options.records) : pino({ level: 'silent' });
  const db = await openDatabase({ file: path.join(folder, 'trial.sqlite'), log });
  const clock = new ManualClock(Date.UTC(2026, 10, 23, 5, 30));
  const identity = createIdentity({ db, clock, log });
  await identity.ensureAdministrator({ password: ADMIN_PASSWORD });
  const metrics = createMetrics({ version: '0.0.0-trial' });

  async function bearer(role: Role): Promise<string> {
    const made = await new ApiKeys({ store: new ApiKeyStore({ db }), clock }).make({
      name: `trial ${role}`,
      role,
      areas: null,
      createdBy: 'trial',
    });
    return `Bearer ${made.key}`;
  }

  const ground = { identity, db, clock, metrics, bearer };
  const app = createApplication({
    routes: [...identity.routes, ...(options.routes?.(ground) ?? [])],
    authenticate: identity.authenticate,
    clock,
    log,
    metrics,
    version: '0.0.0-trial',
    ...(options.consoleDir === undefined ? {} : { consoleDir: options.consoleDir }),
  });
  return {
    app,
    ...ground,
    async close() {
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
