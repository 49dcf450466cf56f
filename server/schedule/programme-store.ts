import type { ProgrammeItem } from '@tieng-lang/shared/contract/http/schedule';
import type { Kysely, Selectable } from 'kysely';

interface ProgrammeTable {
  id: string;
  name: string;
  items: string;
  created_at_ms: number;
  created_by: string;
  created_by_name: string;
}

export interface StoredProgramme {
  id: string;
  name: string;
  items: ProgrammeItem[];
  createdAtMs: number;
  createdBy: string;
  createdByName: string;
}

/** SQLite takes some 32,000 variables in one statement; this stays far below. */
const IDS_AT_ONCE = 500;

export class ProgrammeStore {
  readonly #db: Kysely<{ programmes: ProgrammeTable }>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<{ programmes: ProgrammeTable }>();
  }

  async add(programme: StoredProgramme): Promise<void> {
    await this.#db
      .insertInto('programmes')
      .values({
        id: programme.id,
        name: programme.name,
        items: JSON.stringify(programme.items),
        created_at_ms: programme.createdAtMs,
        created_by: programme.createdBy,
        created_by_name: programme.createdByName,
      })
      .execute();
  }

  async update(id: string, change: { name: string; items: readonly ProgrammeItem[] }): Promise<void> {
    await this.#db
      .updateTable('programmes')
      .set({ name: change.name, items: JSON.stringify(change.items) })
      .where('id', '=', id)
      .execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('programmes').where('id', '=', id).execute();
  }

  async get(id: string): Promise<StoredProgramme | undefined> {
    const row = await this.#db.selectFrom('programmes').selectAll().where('id', '=', id).executeTakeFirst();
    return row && read(row);
  }

  async getMany(ids: readonly string[]): Promise<StoredProgramme[]> {
    const wanted = [...new Set(ids)];
    const found: StoredProgramme[] = [];
    for (let from = 0; from < wanted.length; from += IDS_AT_ONCE) {
      const rows = await this.#db
        .selectFrom('programmes')
        .selectAll()
        .where('id', 'in', wanted.slice(from, from + IDS_AT_ONCE))
        .execute();
      found.push(...rows.map(read));
    }
    return found;
  }

  /** Newest first, after `cursor` (an id). */
  async list(limit: number, cursor: string | undefined): Promise<StoredProgramme[]> {
    let query = this.#db.selectFrom('programmes').selectAll().orderBy('id', 'desc').limit(limit);
    if (cursor !== undefined) query = query.where('id', '<', cursor);
    return (await query.execute()).map(read);
  }
}

function read(row: Selectable<ProgrammeTable>): StoredProgramme {
  return {
    id: row.id,
    name: row.name,
    items: JSON.parse(row.items) as ProgrammeItem[],
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    createdByName: row.created_by_name,
  };
}
