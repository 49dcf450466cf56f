import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalBatch } from '@tieng-lang/shared/contract/journal';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentDatabase, openDatabase } from '../database.ts';
import { LooseUplink } from '../testing/loose-uplink.ts';
import { receiptOf } from '../testing/receipts.ts';
import { Journal } from './journal.ts';
import { JournalSender } from './journal-sender.ts';

const log = pino({ level: 'silent' });
let folder: string;
let db: AgentDatabase;
let clock: ManualClock;
let uplink: LooseUplink;
let journal: Journal;
let sender: JournalSender;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-sender-'));
  db = openDatabase(folder);
  clock = new ManualClock(1_795_000_000_000);
  uplink = new LooseUplink();
  journal = new Journal({ db, clock, log, nowMs: () => clock.nowMs(), onAppended: () => sender.send() });
  sender = new JournalSender({ journal, uplink, clock, log, random: () => 1 });
  sender.start();
});

afterEach(() => {
  sender.stop();
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const batches = () => uplink.bodies('journal') as JournalBatch[];
const seen = (seq: number, epoch = journal.epoch) => sender.seen(JSON.stringify({ epoch, seq }));
const play = (count: number) => {
  for (let item = 0; item < count; item++) journal.finish(receiptOf('b1', item));
};

test('receipts go out one batch at a time, in order, and leave only when the server has stored them', () => {
  uplink.connected = false;
  play(120);
  uplink.connected = true;
  sender.connected();
  expect(batches().map((batch) => batch.entries.length)).toEqual([50]);
  seen(50);
  seen(100);
  expect(batches().map((batch) => batch.entries.at(0)?.seq)).toEqual([1, 51, 101]);
  seen(120);
  expect(journal.pending).toBe(0);
  expect(batches()).toHaveLength(3);
});

test('a server that is silent is asked again, later and later, and nothing leaves the journal', () => {
  play(1);
  clock.advance(20_000 + 1_000);
  expect(batches()).toHaveLength(2);
  clock.advance(20_000 + 2_000);
  expect(batches()).toHaveLength(3);
  expect(journal.pending).toBe(1);
});

test('a server that stored a part only gets the rest', () => {
  play(3);
  seen(1);
  expect(journal.pending).toBe(2);
  clock.advance(21_000);
  expect(
    batches()
      .at(-1)
      ?.entries.map((entry) => entry.seq),
  ).toEqual([2, 3]);
});

test('what was in flight when the link broke goes out at once on the next connection', () => {
  play(1);
  uplink.connected = false;
  sender.disconnected();
  uplink.connected = true;
  sender.connected();
  expect(batches()).toHaveLength(2);
});

test('an entry over which the connection breaks again and again does not hold up the others for ever', () => {
  uplink.connected = false;
  play(3);
  for (let cut = 0; cut < 6; cut++) {
    uplink.connected = true;
    sender.connected();
    uplink.connected = false;
    sender.disconnected();
  }
  uplink.connected = true;
  sender.connected();
  expect(
    batches()
      .at(-1)
      ?.entries.map((entry) => entry.seq),
  ).toEqual([2, 3]);
});

test('answers of another journal, and nonsense, move nothing', () => {
  play(2);
  expect(seen(2, 'another-epoch')).toBe(false);
  expect(sender.seen('{"epoch":')).toBe(false);
  expect(journal.pending).toBe(2);
});

test('a card that was put back to an old copy starts a new epoch, so that its receipts are not taken for old ones', () => {
  play(1);
  const { epoch } = journal;
  seen(500);
  expect(journal.epoch).not.toBe(epoch);
  expect(batches().at(-1)).toMatchObject({ epoch: journal.epoch, entries: [{ seq: 1 }] });
});
