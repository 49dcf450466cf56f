import type { Level } from '@tieng-lang/shared/contract/basics';
import type { BulletinState } from '@tieng-lang/shared/contract/http/content';
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { type Page, type PageQuery, pageBefore } from './page.ts';
import type { SpeechOrder } from './speech/engine.ts';

interface BulletinTable {
  id: string;
  revision: number;
  title: string;
  level: Level;
  state: BulletinState;
  media_id: string;
  text: string | null;
  spoken: string | null;
  voice: SpeechOrder['voice'] | null;
  rate: number | null;
  search: string;
  author_id: string;
  author_name: string;
  editor_id: string;
  editor_name: string;
  approver_id: string | null;
  approver_name: string | null;
  approved_sha256: string | null;
  refusal_reason: string | null;
  created_at_ms: number;
  submitted_at_ms: number | null;
  decided_at_ms: number | null;
}

type Tables = {
  bulletins: BulletinTable;
};

export type BulletinRow = Selectable<BulletinTable>;
export type BulletinChange = Omit<Updateable<BulletinTable>, 'id' | 'revision'>;

export interface BulletinQuery extends PageQuery {
  state?: BulletinState | undefined;
  /** Searchable form (no diacritics, lower case); each of its words must be somewhere in the title or the text. */
  words?: readonly string[] | undefined;
}

/** What a new draft, and one that was edited, knows of decisions: nothing. */
export const UNDECIDED = {
  approver_id: null,
  approver_name: null,
  approved_sha256: null,
  refusal_reason: null,
  submitted_at_ms: null,
  decided_at_ms: null,
} as const;

export class BulletinStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<unknown>) {
    this.#db = db.withTables<Tables>();
  }

  async insert(row: Omit<Insertable<BulletinTable>, 'revision'>): Promise<void> {
    await this.#db
      .insertInto('bulletins')
      .values({ ...row, revision: 1 })
      .execute();
  }

  find(id: string): Promise<BulletinRow | undefined> {
    return this.#db.selectFrom('bulletins').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async findAll(ids: readonly string[]): Promise<BulletinRow[]> {
    if (ids.length === 0) return [];
    return this.#db
      .selectFrom('bulletins')
      .selectAll()
      .where('id', 'in', [...new Set(ids)])
      .execute();
  }

  async idsWithMedia(mediaId: string): Promise<string[]> {
    const rows = await this.#db.selectFrom('bulletins').select('id').where('media_id', '=', mediaId).execute();
    return rows.map(({ id }) => id);
  }

  /** Newest first. */
  async list(query: BulletinQuery): Promise<Page<BulletinRow>> {
    let select = this.#db.selectFrom('bulletins').selectAll();
    if (query.state !== undefined) select = select.where('state', '=', query.state);
    for (const word of query.words ?? []) select = select.where('search', 'like', `%${word.replace(/[%_]/g, '')}%`);
    return pageBefore(query, (before, limit) => {
      const older = before
        ? select.where(({ eb, refTuple, tuple }) => eb(refTuple('created_at_ms', 'id'), '<', tuple(before.createdAtMs, before.id)))
        : select;
      return older.orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute();
    });
  }

  /** False when it is not at that revision any more: somebody else changed it, and what was decided on it is void. */
  async change(id: string, revision: number, change: BulletinChange): Promise<boolean> {
    const result = await this.#db
      .updateTable('bulletins')
      .set({ ...change, revision: revision + 1 })
      .where('id', '=', id)
      .where('revision', '=', revision)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }
}
