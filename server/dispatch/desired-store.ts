import type { Kysely, Selectable } from 'kysely';

export type DesiredKind = 'plan' | 'override';

interface DesiredTable {
  cluster: string;
  kind: string;
  device_id: string;
  version: number;
  body: string;
  signed: string;
  expires_at_ms: number;
  signed_at_ms: number;
}

interface VersionTable {
  cluster: string;
  kind: string;
  version: number;
}

type Tables = { desired: DesiredTable; versions: VersionTable };

/** What a cluster is to hold, as it was signed for its device. */
export interface Desired<Body> {
  cluster: string;
  deviceId: string;
  version: number;
  body: Body;
  signed: string;
  expiresAtMs: number;
  signedAtMs: number;
}

/** Desired state and the counters of its versions: what is published comes from here, also after a restart. */
export class DesiredStore {
  readonly #db: Kysely<Tables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<Tables>();
  }

  /** The bodies are of our own making and were parsed before they were stored. */
  async all<Body>(kind: DesiredKind): Promise<Desired<Body>[]> {
    const rows = await this.#db.selectFrom('desired').selectAll().where('kind', '=', kind).execute();
    return rows.map((row) => read<Body>(row));
  }

  async put<Body>(kind: DesiredKind, desired: readonly Desired<Body>[]): Promise<void> {
    if (desired.length === 0) return;
    await this.#db.transaction().execute(async (transaction) => {
      for (const each of desired) {
        const row = {
          cluster: each.cluster,
          kind,
          device_id: each.deviceId,
          version: each.version,
          body: JSON.stringify(each.body),
          signed: each.signed,
          expires_at_ms: each.expiresAtMs,
          signed_at_ms: each.signedAtMs,
        };
        await transaction
          .insertInto('desired')
          .values(row)
          .onConflict((conflict) => conflict.columns(['cluster', 'kind']).doUpdateSet(row))
          .execute();
      }
    });
  }

  /** The next version for each cluster, above its floor and above every one before; on disk before it is used. */
  async nextVersions(kind: DesiredKind, wanted: readonly { cluster: string; floor: number }[]): Promise<Map<string, number>> {
    return await this.#db.transaction().execute(async (transaction) => {
      const rows = await transaction.selectFrom('versions').selectAll().where('kind', '=', kind).execute();
      const counted = new Map(rows.map(({ cluster, version }) => [cluster, version]));
      const versions = new Map<string, number>();
      for (const { cluster, floor } of wanted) {
        const version = Math.max(counted.get(cluster) ?? 0, floor) + 1;
        versions.set(cluster, version);
        await transaction
          .insertInto('versions')
          .values({ cluster, kind, version })
          .onConflict((conflict) => conflict.columns(['cluster', 'kind']).doUpdateSet({ version }))
          .execute();
      }
      return versions;
    });
  }
}

function read<Body>(row: Selectable<DesiredTable>): Desired<Body> {
  return {
    cluster: row.cluster,
    deviceId: row.device_id,
    version: row.version,
    body: JSON.parse(row.body) as Body,
    signed: row.signed,
    expiresAtMs: row.expires_at_ms,
    signedAtMs: row.signed_at_ms,
  };
}
