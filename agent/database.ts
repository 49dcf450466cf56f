import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@tieng-lang/shared/errors';
import Database from 'better-sqlite3';

export type AgentDatabase = Database.Database;

/**
 * The tables, one step a version (`user_version`). A step that was released is never edited: what changes is added
 * below it.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: a number is never given twice, also after its row was dropped.
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms REAL NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('receipt', 'alarm')),
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE plays (
    broadcast_id TEXT NOT NULL,
    item_index INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('begun', 'done')),
    started_at_ms REAL,
    heard_ms REAL NOT NULL,
    touched_at_ms REAL NOT NULL,
    PRIMARY KEY (broadcast_id, item_index)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE documents (
    kind TEXT PRIMARY KEY CHECK (kind IN ('plan', 'override')),
    device_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    jws TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE past_occurrences (
    broadcast_id TEXT PRIMARY KEY,
    end_at_ms REAL NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE orders (
    order_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    broadcast_id TEXT,
    end_at_ms REAL NOT NULL,
    body TEXT NOT NULL,
    stage TEXT NOT NULL,
    reason TEXT,
    stage_at_ms REAL NOT NULL,
    answered_stage TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE used_orders (
    jti TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    exp_at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE media (
    sha256 TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    wanted_at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/**
 * Opens the agent's one database: journal, play ledger, plan, orders and what is known of the media.
 * @throws CodedError `folder-not-writable`, `folder-in-use`, `database-newer`, `database-damaged`
 */
export function openDatabase(folder: string): AgentDatabase {
  const file = join(folder, 'agent.db');
  let db: AgentDatabase | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    db = new Database(file, { timeout: 0 });
    // Exclusive: a second agent started on the same folder would sound and report everything twice. A killed process
    // leaves no lock behind, as the lock is the kernel's.
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma('journal_mode = WAL');
    db.pragma('journal_size_limit = 4000000');
    // Whatever was acknowledged must outlive a power cut; NORMAL lost committed rows.
    db.pragma('synchronous = FULL');
    migrate(db, file);
    return db;
  } catch (cause) {
    db?.close();
    throw describe(cause, folder, file);
  }
}

function migrate(db: AgentDatabase, file: string): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > STEPS.length) throw new CodedError('database-newer', { params: { file } });
  STEPS.slice(version).forEach((step, index) => {
    db.transaction(() => {
      db.exec(step);
      db.pragma(`user_version = ${version + index + 1}`);
    }).immediate();
  });
}

function describe(cause: unknown, folder: string, file: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new CodedError('folder-in-use', { params: { folder }, cause });
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return new CodedError('database-damaged', { params: { file }, cause });
  if (/^(SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_IOERR|EACCES|EROFS|ENOTDIR|EEXIST|EPERM)/.test(code)) {
    return new CodedError('folder-not-writable', { params: { folder }, cause });
  }
  return cause;
}

/** One durable value by name. */
export function readFact(db: AgentDatabase, name: string): string | undefined {
  return db.prepare<[string], { value: string }>('SELECT value FROM facts WHERE name = ?').get(name)?.value;
}

export function writeFact(db: AgentDatabase, name: string, value: string): void {
  db.prepare('INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value').run(name, value);
}
