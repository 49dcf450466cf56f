import type { StopOverride } from '@tieng-lang/shared/contract/override';
import type { Kysely } from 'kysely';

interface StopTable {
  id: string;
  cluster: string;
  broadcast_id: string | null;
  started_before_ms: number;
  end_at_ms: number;
}

export interface StoredStop extends StopOverride {
  cluster: string;
}

/** What is silenced where, until when. */
export class StopStore {
  readonly #db: Kysely<{ stops: StopTable }>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<{ stops: StopTable }>();
  }

  async add(stops: readonly StoredStop[]): Promise<void> {
    if (stops.length === 0) return;
    const rows = stops.map((stop) => ({
      id: stop.id,
      cluster: stop.cluster,
      broadcast_id: stop.broadcastId,
      started_before_ms: stop.startedBeforeMs,
      end_at_ms: stop.endAtMs,
    }));
    await this.#db.transaction().execute(async (transaction) => {
      for (const row of rows) await transaction.insertInto('stops').values(row).execute();
    });
  }

  async all(): Promise<StoredStop[]> {
    const rows = await this.#db.selectFrom('stops').selectAll().orderBy('end_at_ms').orderBy('id').execute();
    return rows.map((row) => ({
      kind: 'stop',
      id: row.id,
      cluster: row.cluster,
      broadcastId: row.broadcast_id,
      startedBeforeMs: row.started_before_ms,
      endAtMs: row.end_at_ms,
    }));
  }

  async removeEnded(nowMs: number): Promise<void> {
    await this.#db.deleteFrom('stops').where('end_at_ms', '<=', nowMs).execute();
  }
}
