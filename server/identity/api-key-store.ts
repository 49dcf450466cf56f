import type { Role } from '@tieng-lang/shared/contract/http/identity';
import type { Kysely, Selectable } from 'kysely';

type ApiKeyTables = {
  api_keys: {
    id: string;
    name: string;
    key_hash: string;
    role: Role;
    areas: string | null;
    created_at_ms: number;
    created_by: string;
    used_at_ms: number | null;
    revoked_at_ms: number | null;
  };
};

export interface ApiKeyOnFile {
  id: string;
  name: string;
  role: Role;
  areas: string[] | null;
  createdAtMs: number;
  usedAtMs: number | null;
}

export class ApiKeyStore {
  readonly #db: Kysely<ApiKeyTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<ApiKeyTables>();
  }

  async add(key: ApiKeyOnFile & { keyHash: string; createdBy: string }): Promise<void> {
    await this.#db
      .insertInto('api_keys')
      .values({
        id: key.id,
        name: key.name,
        key_hash: key.keyHash,
        role: key.role,
        areas: key.areas && JSON.stringify(key.areas),
        created_at_ms: key.createdAtMs,
        created_by: key.createdBy,
        used_at_ms: key.usedAtMs,
        revoked_at_ms: null,
      })
      .execute();
  }

  async byHash(keyHash: string): Promise<ApiKeyOnFile | undefined> {
    const row = await this.#db
      .selectFrom('api_keys')
      .selectAll()
      .where('key_hash', '=', keyHash)
      .where('revoked_at_ms', 'is', null)
      .executeTakeFirst();
    return row && parse(row);
  }

  /** Those that are not revoked, by id, from after `after` on. */
  async list(limit: number, after: string | undefined): Promise<ApiKeyOnFile[]> {
    let query = this.#db.selectFrom('api_keys').selectAll().where('revoked_at_ms', 'is', null).orderBy('id').limit(limit);
    if (after !== undefined) query = query.where('id', '>', after);
    return (await query.execute()).map(parse);
  }

  async touch(id: string, usedAtMs: number): Promise<void> {
    await this.#db.updateTable('api_keys').set({ used_at_ms: usedAtMs }).where('id', '=', id).execute();
  }

  /** False: there is no such key, or it is revoked already. */
  async revoke(id: string, atMs: number): Promise<boolean> {
    const done = await this.#db
      .updateTable('api_keys')
      .set({ revoked_at_ms: atMs })
      .where('id', '=', id)
      .where('revoked_at_ms', 'is', null)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  }
}

function parse(row: Selectable<ApiKeyTables['api_keys']>): ApiKeyOnFile {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    areas: row.areas === null ? null : (JSON.parse(row.areas) as string[]),
    createdAtMs: row.created_at_ms,
    usedAtMs: row.used_at_ms,
  };
}
