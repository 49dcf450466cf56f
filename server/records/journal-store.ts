import type { Alarm, JournalEntry } from '@tieng-lang/shared/contract/journal';
import type { Kysely } from 'kysely';
import type { ReadEntry } from './journal-reader.ts';
import { upsertReceipt } from './play-log-store.ts';
import type { RecordsTables } from './records-tables.ts';

/** Entries that nobody understood are kept for whoever looks into it, but not without end. */
const REFUSED_KEPT = 200;
const RAW_LENGTH_MAX = 20_000;

export interface Ingested {
  /** Up to which number the journal is stored now. */
  seq: number;
  /** Numbers between what was stored and the batch, or inside it, that the agent holds no more. */
  skipped: number;
  fresh: JournalEntry[];
  refused: { seq: number | undefined; reason: string }[];
}

export class JournalStore {
  readonly #db: Kysely<RecordsTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<RecordsTables>();
  }

  /**
   * Stores what is new of a batch, with all that follows from it, in one transaction; what is known already changes
   * nothing. After it returns, a power cut takes nothing back.
   */
  async ingest(cluster: string, epoch: string, entries: readonly ReadEntry[], atMs: number): Promise<Ingested> {
    return this.#db.transaction().execute(async (trx) => {
      const known = await trx
        .selectFrom('journals')
        .select('seq')
        .where('cluster', '=', cluster)
        .where('epoch', '=', epoch)
        .executeTakeFirst();
      const result: Ingested = { seq: known?.seq ?? 0, skipped: 0, fresh: [], refused: [] };
      for (const read of entries) {
        if (read.seq !== undefined && read.seq <= result.seq) continue;
        if ('entry' in read) {
          const { entry } = read;
          if (entry.kind === 'receipt') await upsertReceipt(trx, cluster, entry.receipt, atMs);
          else
            await trx
              .insertInto('alarms')
              .values(alarmRow(cluster, entry.alarm, entry.atMs, atMs))
              .execute();
          result.fresh.push(entry);
        } else {
          const raw = read.raw.slice(0, RAW_LENGTH_MAX);
          const row = { cluster, epoch, seq: read.seq ?? null, raw, reason: read.reason, stored_at_ms: atMs };
          await trx.insertInto('journal_refused').values(row).execute();
          result.refused.push({ seq: read.seq, reason: read.reason });
        }
        if (read.seq === undefined) continue;
        result.skipped += read.seq - result.seq - 1;
        result.seq = read.seq;
      }
      await trx
        .insertInto('journals')
        .values({ cluster, epoch, seq: result.seq, heard_at_ms: atMs })
        .onConflict((conflict) => conflict.columns(['cluster', 'epoch']).doUpdateSet({ seq: result.seq, heard_at_ms: atMs }))
        .execute();
      if (result.refused.length > 0) await this.#prune(trx, cluster);
      return result;
    });
  }

  /** A message that is no batch at all. */
  async keepRefused(cluster: string, raw: string, reason: string, atMs: number): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const row = { cluster, epoch: null, seq: null, raw: raw.slice(0, RAW_LENGTH_MAX), reason, stored_at_ms: atMs };
      await trx.insertInto('journal_refused').values(row).execute();
      await this.#prune(trx, cluster);
    });
  }

  async addAlarm(cluster: string, alarm: Alarm, happenedAtMs: number, atMs: number): Promise<void> {
    await this.#db
      .insertInto('alarms')
      .values(alarmRow(cluster, alarm, happenedAtMs, atMs))
      .execute();
  }

  async #prune(trx: Kysely<RecordsTables>, cluster: string): Promise<void> {
    await trx
      .deleteFrom('journal_refused')
      .where('cluster', '=', cluster)
      .where('id', 'not in', (query) =>
        query.selectFrom('journal_refused').select('id').where('cluster', '=', cluster).orderBy('id', 'desc').limit(REFUSED_KEPT),
      )
      .execute();
  }
}

function alarmRow(cluster: string, alarm: Alarm, happenedAtMs: number, atMs: number) {
  return { cluster, at_ms: happenedAtMs, code: alarm.code, evidence: JSON.stringify(alarm.evidence), stored_at_ms: atMs };
}
