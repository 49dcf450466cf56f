import type { Kysely } from 'kysely';
import * as identity from './migrations/0001-identity.ts';
import * as fleet from './migrations/0002-fleet.ts';
import * as content from './migrations/0003-content.ts';
import * as schedule from './migrations/0004-schedule.ts';
import * as dispatch from './migrations/0005-dispatch.ts';
import * as records from './migrations/0006-records.ts';

export interface Migration {
  /** Stored in the database when it has run; never renamed. */
  readonly name: string;
  readonly up: (db: Kysely<unknown>) => Promise<void>;
}

/** In the order in which they run. One that has been released is never edited: a change is a new one at the end. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-identity', up: identity.up },
  { name: '0002-fleet', up: fleet.up },
  { name: '0003-content', up: content.up },
  { name: '0004-schedule', up: schedule.up },
  { name: '0005-dispatch', up: dispatch.up },
  { name: '0006-records', up: records.up },
];
