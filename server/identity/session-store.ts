import type { Kysely } from 'kysely';

type SessionTables = {
  sessions: { token_hash: string; user_id: string; created_at_ms: number; used_at_ms: number };
};

export interface SessionOnFile {
  tokenHash: string;
  userId: string;
  createdAtMs: number;
  usedAtMs: number;
}

export class SessionStore {
  readonly #db: Kysely<SessionTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<SessionTables>();
  }

  /** Adds one, and forgets those of the same user beyond the newest `keep`, and all that began before `endedBeforeMs`. */
  async add(session: SessionOnFile, options: { keep: number; endedBeforeMs: number }): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('sessions')
        .values({
          token_hash: session.tokenHash,
          user_id: session.userId,
          created_at_ms: session.createdAtMs,
          used_at_ms: session.usedAtMs,
        })
        .execute();
      await transaction.deleteFrom('sessions').where('created_at_ms', '<', options.endedBeforeMs).execute();
      await transaction
        .deleteFrom('sessions')
        .where('user_id', '=', session.userId)
        .where('token_hash', 'not in', (query) =>
          query
            .selectFrom('sessions')
            .select('token_hash')
            .where('user_id', '=', session.userId)
            .orderBy('used_at_ms', 'desc')
            .limit(options.keep),
        )
        .execute();
    });
  }

  async find(tokenHash: string): Promise<SessionOnFile | undefined> {
    const row = await this.#db.selectFrom('sessions').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst();
    return row && { tokenHash: row.token_hash, userId: row.user_id, createdAtMs: row.created_at_ms, usedAtMs: row.used_at_ms };
  }

  async touch(tokenHash: string, usedAtMs: number): Promise<void> {
    await this.#db.updateTable('sessions').set({ used_at_ms: usedAtMs }).where('token_hash', '=', tokenHash).execute();
  }

  async end(tokenHash: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute();
  }

  /** All of a user's, but (where given) the one by which they ask. */
  async endAll(userId: string, except?: string): Promise<void> {
    let query = this.#db.deleteFrom('sessions').where('user_id', '=', userId);
    if (except !== undefined) query = query.where('token_hash', '!=', except);
    await query.execute();
  }
}
