import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '@tieng-lang/shared/errors';
import SqliteDatabase from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import type { Logger } from 'pino';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { migrate, pendingMigrations } from './migrator.ts';

/** How long a statement waits for another process's lock: a backup or a look with the sqlite3 tool takes less. */
const BUSY_TIMEOUT_MS = 5_000;
/** What is left of the write-ahead log after a checkpoint: one long read let it grow past its table tenfold. */
const JOURNAL_BYTES_MAX = 16 * 1024 * 1024;
/** Up to here the whole file is checked at every start (some 0.5 s at most); a bigger one only before a migration. */
const CHECKED_AT_START_BYTES = 64 * 1024 * 1024;

/**
 * Opens (or makes) the database and brings it to the newest version. Before an existing one is changed, a copy is left
 * beside it: `<file>.before-<first migration that runs>`.
 * @throws CodedError `database-damaged`, `database-newer`, `folder-not-writable`
 */
export async function openDatabase(options: {
  file: string;
  log: Logger;
  /** Tests run lists of their own. */
  migrations?: readonly Migration[];
}): Promise<Kysely<unknown>> {
  const { file, log, migrations = MIGRATIONS } = options;
  const sqlite = connect(file);
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  try {
    const pending = await pendingMigrations(db, migrations);
    const existing = pending.length < migrations.length;
    if (statSync(file).size <= CHECKED_AT_START_BYTES || (existing && pending.length > 0)) check(sqlite, file);
    const [first] = pending;
    if (existing && first) await backUp(sqlite, `${file}.before-${first.name}`, log);
    await migrate(db, pending, log);
    return db;
  } catch (error) {
    await db.destroy();
    throw translate(error, file);
  }
}

function connect(file: string): SqliteDatabase.Database {
  let sqlite: SqliteDatabase.Database | undefined;
  try {
    sqlite = new SqliteDatabase(file, { timeout: BUSY_TIMEOUT_MS });
    sqlite.pragma('journal_mode = WAL');
    // NORMAL lost acknowledged rows in a power cut; FULL lost none.
    sqlite.pragma('synchronous = FULL');
    sqlite.pragma('foreign_keys = ON');
    sqlite.pragma(`journal_size_limit = ${JOURNAL_BYTES_MAX}`);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    throw translate(error, file);
  }
}

function check(sqlite: SqliteDatabase.Database, file: string): void {
  const answer: unknown = sqlite.pragma('quick_check(1)', { simple: true });
  if (answer !== 'ok') throw new CodedError('database-damaged', { params: { file }, cause: answer });
}

/** Through a temporary name, so that a copy that was cut short is never taken for a whole one. */
async function backUp(sqlite: SqliteDatabase.Database, copy: string, log: Logger): Promise<void> {
  const unfinished = `${copy}.part`;
  if (existsSync(unfinished)) rmSync(unfinished);
  await sqlite.backup(unfinished);
  renameSync(unfinished, copy);
  log.info({ event: 'database-backed-up', copy });
}

function translate(error: unknown, file: string): unknown {
  if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
    return new CodedError('folder-not-writable', { params: { folder: path.dirname(file) }, cause: error });
  }
  if (!(error instanceof SqliteDatabase.SqliteError)) return error;
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) return new CodedError('database-damaged', { params: { file }, cause: error });
  if (/^SQLITE_(CANTOPEN|READONLY|PERM)/.test(error.code)) {
    return new CodedError('folder-not-writable', { params: { folder: path.dirname(file) }, cause: error });
  }
  return error;
}
