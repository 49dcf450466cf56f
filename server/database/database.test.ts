import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { type Kysely, sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Checkpoints } from './checkpoints.ts';
import { openDatabase } from './database.ts';
import type { Migration } from './migrations.ts';

const log = pino({ level: 'silent' });
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tl-database-'));
  file = path.join(folder, 'tieng-lang.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const makes = (name: string): Migration => ({
  name,
  up: (db) => sql`CREATE TABLE ${sql.table(name)} (note TEXT)`.execute(db).then(() => undefined),
});
const ONE = makes('0001-one');
const TWO = makes('0002-two');
const note = (db: Kysely<unknown>, text: string) => sql`INSERT INTO "0001-one" VALUES (${text})`.execute(db);
const notes = async (db: Kysely<unknown>) =>
  (await sql<{ note: string }>`SELECT note FROM "0001-one"`.execute(db)).rows.map((row) => row.note);

test('a fresh station gets every table of the features, and opening it again changes nothing', async () => {
  await (await openDatabase({ file, log })).destroy();
  const before = await readFile(file);
  const db = await openDatabase({ file, log });
  const tables = await sql<{ name: string }>`SELECT name FROM sqlite_master WHERE type = 'table'`.execute(db);
  expect(tables.rows.map((row) => row.name)).toEqual(expect.arrayContaining(['users', 'sessions', 'api_keys', 'audit']));
  await db.destroy();
  expect((await readFile(file)).equals(before)).toBe(true);
});

test('what is acknowledged survives a power cut: every commit is synced, and references hold', async () => {
  const db = await openDatabase({ file, log });
  const pragma = async (name: string) =>
    Object.values((await sql<Record<string, unknown>>`PRAGMA ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0];
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(2);
  expect(await pragma('foreign_keys')).toBe(1);
  await db.destroy();
});

test('an update keeps what was stored, and leaves a copy of the database from before it', async () => {
  const old = await openDatabase({ file, log, migrations: [ONE] });
  await note(old, 'bản tin sáng');
  await old.destroy();

  const updated = await openDatabase({ file, log, migrations: [ONE, TWO] });
  expect(await notes(updated)).toEqual(['bản tin sáng']);
  await updated.destroy();

  const copy = await openDatabase({ file: `${file}.before-0002-two`, log, migrations: [ONE] });
  expect(await notes(copy)).toEqual(['bản tin sáng']);
  await copy.destroy();
});

test('an update that fails half-way has changed nothing, and the next start tries it again', async () => {
  await (await openDatabase({ file, log, migrations: [ONE] })).destroy();
  const breaks: Migration = {
    name: TWO.name,
    up: async (db) => {
      await TWO.up(db);
      throw new Error('the power went');
    },
  };
  await expect(openDatabase({ file, log, migrations: [ONE, breaks] })).rejects.toThrow('the power went');
  await (await openDatabase({ file, log, migrations: [ONE, TWO] })).destroy();
});

test('an older program refuses a newer database and leaves it as it was', async () => {
  await (await openDatabase({ file, log, migrations: [ONE, TWO] })).destroy();
  const before = await readFile(file);
  await expect(openDatabase({ file, log, migrations: [ONE] })).rejects.toMatchObject({ code: 'database-newer' });
  expect((await readFile(file)).equals(before)).toBe(true);
  expect((await readdir(folder)).filter((name) => name.includes('before'))).toEqual([]);
});

test('a file that is no database, and one that was cut short, are named as damaged', async () => {
  await writeFile(file, 'đây không phải cơ sở dữ liệu '.repeat(100));
  await expect(openDatabase({ file, log })).rejects.toMatchObject({ code: 'database-damaged', params: { file } });

  const cut = path.join(folder, 'cut.sqlite');
  await (await openDatabase({ file: cut, log })).destroy();
  await truncate(cut, Math.floor((await stat(cut)).size / 2 / 4096) * 4096);
  await expect(openDatabase({ file: cut, log })).rejects.toMatchObject({ code: 'database-damaged', params: { file: cut } });
});

test('a database whose folder is missing names the folder', async () => {
  await expect(openDatabase({ file: path.join(folder, 'none', 'x.sqlite'), log })).rejects.toMatchObject({
    code: 'folder-not-writable',
    params: { folder: path.join(folder, 'none') },
  });
});

test('the write-ahead log is emptied every few minutes, and stopping leaves no timer', async () => {
  const db = await openDatabase({ file, log, migrations: [ONE] });
  const clock = new ManualClock(0);
  const checkpoints = new Checkpoints({ db, clock, log });
  await note(db, 'x');
  expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
  await checkpoints.run();
  expect((await stat(`${file}-wal`)).size).toBe(0);
  checkpoints.start();
  await note(db, 'y');
  await clock.advanceAsync(5 * 60_000);
  expect((await stat(`${file}-wal`)).size).toBe(0);
  checkpoints.stop();
  expect(clock.armed).toBe(0);
  await db.destroy();
});
