import type { Generated, Kysely } from 'kysely';

type AuditTables = {
  audit: {
    number: Generated<number>;
    at_ms: number;
    actor_id: string | null;
    actor_name: string;
    action: string;
    subject: string;
    detail: string;
  };
};

export interface AuditLine {
  number: number;
  atMs: number;
  actorId: string | null;
  actorName: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** The audit only grows: the table itself refuses to be changed or shortened. */
export class AuditStore {
  readonly #db: Kysely<AuditTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<AuditTables>();
  }

  async add(line: Omit<AuditLine, 'number'>): Promise<void> {
    await this.#db
      .insertInto('audit')
      .values({
        at_ms: line.atMs,
        actor_id: line.actorId,
        actor_name: line.actorName,
        action: line.action,
        subject: line.subject,
        detail: JSON.stringify(line.detail),
      })
      .execute();
  }

  /** Newest first, from below `before` on. */
  async list(limit: number, before: number | undefined): Promise<AuditLine[]> {
    let query = this.#db.selectFrom('audit').selectAll().orderBy('number', 'desc').limit(limit);
    if (before !== undefined) query = query.where('number', '<', before);
    return (await query.execute()).map((row) => ({
      number: row.number,
      atMs: row.at_ms,
      actorId: row.actor_id,
      actorName: row.actor_name,
      action: row.action,
      subject: row.subject,
      detail: JSON.parse(row.detail) as Record<string, unknown>,
    }));
  }
}
