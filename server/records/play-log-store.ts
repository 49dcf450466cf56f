import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Outcome, OutcomeReason, Receipt } from '@tieng-lang/shared/contract/journal';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { type Kysely, sql } from 'kysely';
import type { RecordsTables } from './records-tables.ts';

type Row = RecordsTables['play_log'];

/** A line of the log as it is shown: sounded or absent, never merely expected. */
export type PlayLogRow = Omit<Row, 'kind' | 'outcome'> & { kind: 'absent' | 'receipt'; outcome: Outcome };

export interface PlayLogFilter {
  fromMs: number;
  toMs: number;
  cluster?: string | undefined;
  broadcast?: string | undefined;
  outcome?: Outcome | undefined;
}

/** Where a page ended: newest plan first, then by cluster, broadcast and item. */
export interface PlayLogPosition {
  plannedAtMs: number;
  cluster: string;
  broadcastId: string;
  itemIndex: number;
}

export interface BroadcastCount {
  broadcastId: string;
  title: string;
  level: Level;
  plannedAtMs: number;
  endsAtMs: number;
  clusters: number;
  kind: Row['kind'];
  outcome: Outcome | null;
  count: number;
}

/** A row of the log binds 21 values, and SQLite takes 32,766 in one statement. */
const ROWS_AT_ONCE = 1000;

export class PlayLogStore {
  readonly #db: Kysely<RecordsTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<RecordsTables>();
  }

  /** What the plan says from `fromMs` on, in the place of what it said before; what has sounded or was missed stays. */
  async replacePlan(cluster: string, fromMs: number, occurrences: readonly PlanOccurrence[], atMs: number): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom('play_log')
        .where('cluster', '=', cluster)
        .where('kind', '=', 'expected')
        .where('expected_by', '=', 'plan')
        .where('planned_at_ms', '>=', fromMs)
        .execute();
      await insertExpected(trx, [cluster], occurrences, 'plan', atMs);
    });
  }

  async addBroadcast(clusters: readonly string[], occurrence: PlanOccurrence, atMs: number): Promise<void> {
    await this.#db.transaction().execute((trx) => insertExpected(trx, clusters, [occurrence], 'order', atMs));
  }

  /** What should have ended before this and of which nothing was heard. */
  async overdue(endedBeforeMs: number, limit: number): Promise<{ cluster: string; broadcastId: string; itemIndex: number }[]> {
    return this.#db
      .selectFrom('play_log')
      .select(['cluster', 'broadcast_id as broadcastId', 'item_index as itemIndex'])
      .where('kind', '=', 'expected')
      .where('ends_at_ms', '<', endedBeforeMs)
      .orderBy('ends_at_ms')
      .limit(limit)
      .execute();
  }

  async markAbsent(
    items: readonly { cluster: string; broadcastId: string; itemIndex: number; reason: OutcomeReason }[],
    atMs: number,
  ): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      for (const { cluster, broadcastId, itemIndex, reason } of items) {
        await trx
          .updateTable('play_log')
          .set({ kind: 'absent', outcome: 'missed', reason, stored_at_ms: atMs })
          .where('cluster', '=', cluster)
          .where('broadcast_id', '=', broadcastId)
          .where('item_index', '=', itemIndex)
          .where('kind', '=', 'expected')
          .execute();
      }
    });
  }

  async list(filter: PlayLogFilter, page: { after: PlayLogPosition | undefined; limit: number }): Promise<PlayLogRow[]> {
    const { after } = page;
    const rows = await this.#shown(filter)
      .selectAll()
      .$if(after !== undefined, (query) =>
        query.where(({ eb, or, refTuple, tuple }) =>
          or([
            eb('planned_at_ms', '<', after?.plannedAtMs ?? 0),
            eb.and([
              eb('planned_at_ms', '=', after?.plannedAtMs ?? 0),
              eb(
                refTuple('cluster', 'broadcast_id', 'item_index'),
                '>',
                tuple(after?.cluster ?? '', after?.broadcastId ?? '', after?.itemIndex ?? 0),
              ),
            ]),
          ]),
        ),
      )
      .orderBy('planned_at_ms', 'desc')
      .orderBy('cluster')
      .orderBy('broadcast_id')
      .orderBy('item_index')
      .limit(page.limit)
      .execute();
    return rows as PlayLogRow[];
  }

  /** Items by broadcast and by what became of them, the newest broadcast first; what is still expected included. */
  async counts(fromMs: number, toMs: number): Promise<BroadcastCount[]> {
    const rows = await this.#db
      .with('broadcasts', (db) =>
        db
          .selectFrom('play_log')
          .select(({ fn }) => [
            'broadcast_id as id',
            fn.min<number>('planned_at_ms').as('planned'),
            fn.max<number>('ends_at_ms').as('ends'),
            sql<number>`count(distinct cluster)`.as('clusters'),
            // The title of the whole where it is known, else that of its first item.
            sql<string>`coalesce(max(broadcast_title), min(title))`.as('name'),
          ])
          .where('planned_at_ms', '>=', fromMs)
          .where('planned_at_ms', '<', toMs)
          .groupBy('broadcast_id'),
      )
      .selectFrom('broadcasts')
      .innerJoin('play_log', 'play_log.broadcast_id', 'broadcasts.id')
      .select(({ fn }) => [
        'broadcasts.id as broadcastId',
        'broadcasts.name as title',
        'play_log.level',
        'broadcasts.planned as plannedAtMs',
        'broadcasts.ends as endsAtMs',
        'broadcasts.clusters',
        'play_log.kind',
        'play_log.outcome',
        fn.countAll<number>().as('count'),
      ])
      .groupBy([
        'broadcasts.id',
        'broadcasts.name',
        'broadcasts.planned',
        'broadcasts.ends',
        'broadcasts.clusters',
        'play_log.level',
        'play_log.kind',
        'play_log.outcome',
      ])
      .orderBy('broadcasts.planned', 'desc')
      .orderBy('broadcasts.id')
      .execute();
    return rows;
  }

  #shown(filter: PlayLogFilter) {
    return this.#db
      .selectFrom('play_log')
      .where('kind', '!=', 'expected')
      .where('planned_at_ms', '>=', filter.fromMs)
      .where('planned_at_ms', '<', filter.toMs)
      .$if(filter.cluster !== undefined, (query) => query.where('cluster', '=', filter.cluster ?? ''))
      .$if(filter.broadcast !== undefined, (query) => query.where('broadcast_id', '=', filter.broadcast ?? ''))
      .$if(filter.outcome !== undefined, (query) => query.where('outcome', '=', filter.outcome ?? null));
  }
}

/**
 * One receipt for one item on one cluster. A second one (a journal that was lost with its memory card and began anew) counts
 * only when it knows of more sound: what the village heard was heard.
 */
export async function upsertReceipt(trx: Kysely<RecordsTables>, cluster: string, receipt: Receipt, atMs: number): Promise<void> {
  const heard = {
    kind: 'receipt' as const,
    bulletin_id: receipt.bulletinId,
    title: receipt.title,
    level: receipt.level,
    sha256: receipt.sha256,
    planned_at_ms: receipt.plannedAtMs,
    planned_ms: receipt.plannedMs,
    ends_at_ms: receipt.plannedAtMs + receipt.plannedMs,
    started_at_ms: receipt.startedAtMs,
    heard_ms: receipt.heardMs,
    outcome: receipt.outcome,
    reason: receipt.reason,
    skew_ms: receipt.skewMs,
    rms_dbfs: receipt.rmsDbfs,
    clock: receipt.clock,
    stored_at_ms: atMs,
  };
  await trx
    .insertInto('play_log')
    .values({
      cluster,
      broadcast_id: receipt.broadcastId,
      item_index: receipt.itemIndex,
      expected_by: null,
      broadcast_title: null,
      ...heard,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['cluster', 'broadcast_id', 'item_index'])
        .doUpdateSet(heard)
        .where(({ eb, or, ref }) => or([eb('play_log.kind', '!=', 'receipt'), eb('play_log.heard_ms', '<', ref('excluded.heard_ms'))])),
    )
    .execute();
}

async function insertExpected(
  trx: Kysely<RecordsTables>,
  clusters: readonly string[],
  occurrences: readonly PlanOccurrence[],
  expectedBy: 'plan' | 'order',
  atMs: number,
): Promise<void> {
  const rows = clusters.flatMap((cluster) => occurrences.flatMap((occurrence) => expectedRows(cluster, occurrence, expectedBy, atMs)));
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await trx
      .insertInto('play_log')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict
          .columns(['cluster', 'broadcast_id', 'item_index'])
          .doUpdateSet(({ ref }) => ({ broadcast_title: ref('excluded.broadcast_title') })),
      )
      .execute();
  }
}

function expectedRows(cluster: string, occurrence: PlanOccurrence, expectedBy: 'plan' | 'order', atMs: number): Row[] {
  return occurrence.items.map((item) => ({
    cluster,
    broadcast_id: occurrence.broadcastId,
    item_index: item.index,
    kind: 'expected',
    expected_by: expectedBy,
    bulletin_id: item.bulletinId,
    broadcast_title: occurrence.title,
    title: item.title,
    level: occurrence.level,
    sha256: item.sha256,
    planned_at_ms: occurrence.startAtMs + item.offsetMs,
    planned_ms: item.durationMs,
    ends_at_ms: occurrence.startAtMs + item.offsetMs + item.durationMs,
    started_at_ms: null,
    heard_ms: 0,
    outcome: null,
    reason: null,
    skew_ms: null,
    rms_dbfs: null,
    clock: null,
    stored_at_ms: atMs,
  }));
}
