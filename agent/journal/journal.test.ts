import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentDatabase, openDatabase } from '../database.ts';
import { receiptOf } from '../testing/receipts.ts';
import { Journal } from './journal.ts';

const log = pino({ level: 'silent' });
const clock = new ManualClock(1_795_000_000_000);
const opened: AgentDatabase[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-journal-'));
});

afterEach(() => {
  for (const db of opened.splice(0)) db.close();
  rmSync(folder, { recursive: true, force: true });
});

function openJournal(entriesMax?: number): { db: AgentDatabase; journal: Journal } {
  for (const db of opened.splice(0)) db.close();
  const db = openDatabase(folder);
  opened.push(db);
  return { db, journal: new Journal({ db, clock, log, nowMs: () => clock.nowMs(), ...(entriesMax === undefined ? {} : { entriesMax }) }) };
}

const seqs = (journal: Journal) => journal.batch()?.entries.map((entry) => entry.seq);
const restarted = { code: 'agent-restarted', evidence: { clean: false } } as const;

test('what a village heard is written once, however often the player says it', () => {
  const { journal } = openJournal();
  journal.begin('b1', 0, clock.nowMs());
  journal.finish(receiptOf('b1'));
  journal.finish({ ...receiptOf('b1'), outcome: 'missed' });
  expect(journal.pending).toBe(1);
  expect(journal.lookup('b1', 0)).toMatchObject({ state: 'done', heardMs: 60_000 });
});

test('an item that a power cut broke off is known as begun, with what was heard before', () => {
  const first = openJournal().journal;
  first.begin('b1', 0, 1_795_000_000_000);
  first.progress('b1', 0, 12_000);
  const { journal } = openJournal();
  expect(journal.lookup('b1', 0)).toEqual({ state: 'begun', startedAtMs: 1_795_000_000_000, heardMs: 12_000 });
  journal.begin('b1', 0, 1_795_000_020_000);
  expect(journal.lookup('b1', 0)).toMatchObject({ startedAtMs: 1_795_000_000_000, heardMs: 12_000 });
});

test('numbers go on over a restart and are never given twice, also after entries were acknowledged', () => {
  const first = openJournal().journal;
  const { epoch } = first;
  first.alarm(restarted);
  first.alarm(restarted);
  first.forget(2, 2);
  const { journal } = openJournal();
  journal.alarm(restarted);
  expect(journal.epoch).toBe(epoch);
  expect(seqs(journal)).toEqual([3]);
});

test('an acknowledgement of what was never sent takes nothing away', () => {
  const { journal } = openJournal();
  journal.alarm(restarted);
  journal.alarm(restarted);
  journal.forget(999_999, 1);
  expect(seqs(journal)).toEqual([2]);
});

test('a full journal gives up its oldest alarms first and its receipts last', () => {
  const { journal } = openJournal(4);
  journal.alarm(restarted);
  journal.finish(receiptOf('b1'));
  journal.finish(receiptOf('b2'));
  journal.alarm(restarted);
  journal.finish(receiptOf('b3'));
  expect(seqs(journal)).toEqual([2, 3, 4, 5]);
  journal.finish(receiptOf('b4'));
  journal.finish(receiptOf('b5'));
  expect(journal.batch()?.entries.map((entry) => entry.kind === 'receipt' && entry.receipt.broadcastId)).toEqual(['b2', 'b3', 'b4', 'b5']);
});

test('a second agent on the same folder is refused, and a killed one leaves the folder free', async () => {
  openJournal();
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'folder-in-use' }));
});

test('a database of a newer version, or something that is none, is said to be so', () => {
  const { db } = openJournal();
  db.pragma('user_version = 99');
  db.close();
  opened.length = 0;
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ code: 'database-newer' }));
});

/** The compiled writer beside the sources; the tests' own command builds before it runs them. */
const WRITER = new URL('../dist/testing/journal-writer.js', import.meta.url).pathname;

test('the agent is killed at any instant: what was acknowledged is there, each once, and the numbers have no gap', async () => {
  let expected = 0;
  for (const lines of [7, 40, 131]) {
    const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    let killed = false;
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      said += chunk;
      if (!killed && said.split('\n').length > lines) {
        killed = true;
        child.kill('SIGKILL');
      }
    }
    const done = said.split('\n').filter((line) => line.startsWith('done '));
    const begun = said.split('\n').filter((line) => line.startsWith('begun '));
    expect(done.length).toBeGreaterThan(0);

    const { db, journal } = openJournal();
    const rows = db.prepare<[], { seq: number; body: string }>('SELECT seq, body FROM journal ORDER BY seq').all();
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1));
    expect(new Set(rows.map((row) => (JSON.parse(row.body) as { broadcastId: string }).broadcastId)).size).toBe(rows.length);
    expected += done.length;
    expect(rows.length).toBeGreaterThanOrEqual(expected);
    // At most the one call whose return the kill came before.
    expect(rows.length).toBeLessThanOrEqual(expected + 1);
    expected = rows.length;
    for (const line of begun) expect(journal.lookup(`b${line.split(' ')[1]}`, 0)).toBeDefined();
    db.close();
    opened.length = 0;
  }
});
