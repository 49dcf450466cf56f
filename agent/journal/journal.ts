import { randomUUID } from 'node:crypto';
import { type Alarm, JOURNAL_BATCH, type JournalBatch, journalEntry, type Receipt } from '@tieng-lang/shared/contract/journal';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { type AgentDatabase, readFact, writeFact } from '../database.ts';
import type { LedgerEntry, PlayLedger } from '../player/contract.ts';

/** Two months of a busy cluster without a network; about 5 MB. */
const ENTRIES_MAX = 10_000;

/** A broadcast id is never used again, but an old plan may name it until its seven days are over. */
const PLAYS_KEPT_MS = 31 * 86_400_000;

export interface JournalOptions {
  db: AgentDatabase;
  clock: Clock;
  log: Logger;
  /** The commune's time where it is known, else the machine's. */
  nowMs: () => number;
  /** Called after entries were added: there is something to send. */
  onAppended?: () => void;
  entriesMax?: number;
}

/**
 * What happened here and must not be lost: numbered receipts and alarms, kept until the server says it has stored them,
 * and the ledger of what was played. Every call is on disk when it returns, but for `progress`.
 */
export class Journal implements PlayLedger {
  readonly #db: AgentDatabase;
  readonly #log: Logger;
  readonly #nowMs: () => number;
  readonly #onAppended: () => void;
  readonly #entriesMax: number;
  #epoch: string | undefined;

  constructor(options: JournalOptions) {
    this.#db = options.db;
    this.#log = options.log;
    this.#nowMs = options.nowMs;
    this.#onAppended = options.onAppended ?? (() => undefined);
    this.#entriesMax = options.entriesMax ?? ENTRIES_MAX;
  }

  get epoch(): string {
    this.#epoch ??= readFact(this.#db, 'journal-epoch') ?? this.#newEpoch();
    return this.#epoch;
  }

  /** How many entries the server has not stored yet. */
  get pending(): number {
    return this.#db.prepare<[], { count: number }>('SELECT count(*) AS count FROM journal').get()?.count ?? 0;
  }

  alarm(alarm: Alarm): void {
    this.#db.transaction(() => this.#append('alarm', alarm)).immediate();
    this.#onAppended();
  }

  lookup(broadcastId: string, itemIndex: number): LedgerEntry | undefined {
    return this.#db
      .prepare<[string, number], LedgerEntry>(
        'SELECT state, started_at_ms AS startedAtMs, heard_ms AS heardMs FROM plays WHERE broadcast_id = ? AND item_index = ?',
      )
      .get(broadcastId, itemIndex);
  }

  /** An item that a power cut broke off is begun a second time: what was heard before the cut still counts. */
  begin(broadcastId: string, itemIndex: number, startedAtMs: number): void {
    this.#db
      .prepare(
        `INSERT INTO plays (broadcast_id, item_index, state, started_at_ms, heard_ms, touched_at_ms) VALUES (?, ?, 'begun', ?, 0, ?)
         ON CONFLICT (broadcast_id, item_index) DO NOTHING`,
      )
      .run(broadcastId, itemIndex, startedAtMs, this.#nowMs());
  }

  progress(broadcastId: string, itemIndex: number, heardMs: number): void {
    // Not synced: a write a second for hours would wear the card out. It outlives a kill; a power cut loses at most the
    // seconds since the last synced write, and what was heard is then reported shorter, never longer.
    this.#db.pragma('synchronous = NORMAL');
    try {
      this.#db
        .prepare("UPDATE plays SET heard_ms = ?, touched_at_ms = ? WHERE broadcast_id = ? AND item_index = ? AND state = 'begun'")
        .run(heardMs, this.#nowMs(), broadcastId, itemIndex);
    } finally {
      this.#db.pragma('synchronous = FULL');
    }
  }

  /** A second receipt of an item that is done is ignored: the first one is on its way. */
  finish(receipt: Receipt): void {
    const added = this.#db
      .transaction(() => {
        if (this.lookup(receipt.broadcastId, receipt.itemIndex)?.state === 'done') return false;
        this.#db
          .prepare(
            `INSERT INTO plays (broadcast_id, item_index, state, started_at_ms, heard_ms, touched_at_ms) VALUES (?, ?, 'done', ?, ?, ?)
             ON CONFLICT (broadcast_id, item_index) DO UPDATE SET state = 'done', started_at_ms = excluded.started_at_ms,
               heard_ms = excluded.heard_ms, touched_at_ms = excluded.touched_at_ms`,
          )
          .run(receipt.broadcastId, receipt.itemIndex, receipt.startedAtMs, receipt.heardMs, this.#nowMs());
        this.#append('receipt', receipt);
        return true;
      })
      .immediate();
    if (added) this.#onAppended();
  }

  /** The first entries that the server has not stored; undefined when it has all. */
  batch(limit: number = JOURNAL_BATCH): JournalBatch | undefined {
    const rows = this.#db
      .prepare<[number], { seq: number; at_ms: number; kind: 'receipt' | 'alarm'; body: string }>(
        'SELECT seq, at_ms, kind, body FROM journal ORDER BY seq LIMIT ?',
      )
      .all(Math.min(limit, JOURNAL_BATCH));
    if (rows.length === 0) return undefined;
    const entries = rows.map((row) => ({ kind: row.kind, seq: row.seq, atMs: row.at_ms, [row.kind]: JSON.parse(row.body) as unknown }));
    return { epoch: this.epoch, entries: entries.map((entry) => journalEntry.parse(entry)) };
  }

  /** The server has stored everything up to `seq`; `sent` is the highest number that was ever sent to it. */
  forget(seq: number, sent: number): void {
    // The answer is not signed: a stranger who says "seen 999999" must not make what was never sent vanish.
    this.#db.prepare('DELETE FROM journal WHERE seq <= ?').run(Math.min(seq, sent));
  }

  /**
   * The server remembers more of this epoch than was ever written here: this database is an old copy. Numbering goes on
   * under a new epoch, or what happens from now on would look as if it had been stored already.
   */
  renewEpoch(): void {
    this.#epoch = this.#newEpoch();
    this.#log.warn({ event: 'journal-epoch-renewed', epoch: this.#epoch });
  }

  /** The highest number given so far. */
  get lastSeq(): number {
    return this.#db.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get()?.seq ?? 0;
  }

  /** Forgets plays that no plan can name any more. */
  prune(): void {
    this.#db.prepare('DELETE FROM plays WHERE touched_at_ms < ?').run(this.#nowMs() - PLAYS_KEPT_MS);
  }

  #append(kind: 'receipt' | 'alarm', body: Receipt | Alarm): void {
    this.#db.prepare('INSERT INTO journal (at_ms, kind, body) VALUES (?, ?, ?)').run(this.#nowMs(), kind, JSON.stringify(body));
    this.#bound();
  }

  /** The drop rule: the oldest alarms go first, and receipts, oldest first, only when no alarm is left. */
  #bound(): void {
    const excess = this.pending - this.#entriesMax;
    if (excess <= 0) return;
    const dropped = this.#db
      .prepare("DELETE FROM journal WHERE seq IN (SELECT seq FROM journal ORDER BY kind = 'receipt', seq LIMIT ?)")
      .run(excess);
    this.#log.warn({ event: 'journal-entries-dropped', count: dropped.changes });
  }

  #newEpoch(): string {
    const epoch = randomUUID();
    writeFact(this.#db, 'journal-epoch', epoch);
    return epoch;
  }
}
