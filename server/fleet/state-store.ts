import { type Health, health as healthSchema } from '@tieng-lang/shared/contract/health';
import { agentState, type OnlineState } from '@tieng-lang/shared/contract/state';
import type { Kysely } from 'kysely';

type StateTables = {
  cluster_states: { cluster: string; online: number; last_seen_at_ms: number | null; state: string | null; health: string | null };
};

export interface ClusterStateOnFile {
  cluster: string;
  online: boolean;
  lastSeenAtMs: number | null;
  last: OnlineState | undefined;
  health: Health | undefined;
}

/** What each cluster said last, for the time after a restart. */
export class StateStore {
  readonly #db: Kysely<StateTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<StateTables>();
  }

  async all(): Promise<ClusterStateOnFile[]> {
    const rows = await this.#db.selectFrom('cluster_states').selectAll().execute();
    return rows.map((row) => {
      // What an older version wrote may not fit any more: then it is as if the cluster had said nothing yet.
      const state = agentState.safeParse(parse(row.state));
      const health = healthSchema.safeParse(parse(row.health));
      return {
        cluster: row.cluster,
        online: row.online !== 0,
        lastSeenAtMs: row.last_seen_at_ms,
        last: state.success && state.data.state === 'online' ? state.data : undefined,
        health: health.success ? health.data : undefined,
      };
    });
  }

  async save(states: readonly ClusterStateOnFile[]): Promise<void> {
    if (states.length === 0) return;
    const rows = states.map(({ cluster, online, lastSeenAtMs, last, health }) => ({
      cluster,
      online: online ? 1 : 0,
      last_seen_at_ms: lastSeenAtMs,
      state: last ? JSON.stringify(last) : null,
      health: health ? JSON.stringify(health) : null,
    }));
    await this.#db
      .insertInto('cluster_states')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('cluster').doUpdateSet((row) => ({
          online: row.ref('excluded.online'),
          last_seen_at_ms: row.ref('excluded.last_seen_at_ms'),
          state: row.ref('excluded.state'),
          health: row.ref('excluded.health'),
        })),
      )
      .execute();
  }
}

function parse(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}
