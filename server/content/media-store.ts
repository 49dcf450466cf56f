import type { ErrorCode, ErrorParams } from '@tieng-lang/shared/errors';
import type { Kysely, Selectable } from 'kysely';
import { type Page, type PageQuery, pageBefore } from './page.ts';
import type { Damage, MadeSound } from './sound/sound-maker.ts';
import type { SpeechOrder } from './speech/engine.ts';

interface MediaTable {
  id: string;
  kind: 'upload' | 'speech' | 'tune';
  title: string;
  state: 'processing' | 'ready' | 'refused';
  original_sha256: string | null;
  original_name: string | null;
  /** A `SpeechOrder` as JSON. */
  speech: string | null;
  attempts: number;
  sha256: string | null;
  bytes: number | null;
  duration_ms: number | null;
  source_lufs: number | null;
  loudness_lufs: number | null;
  true_peak_dbtp: number | null;
  /** A `Damage` as JSON. */
  damage: string | null;
  refusal_code: string | null;
  refusal_params: string | null;
  created_at_ms: number;
  created_by: string;
  created_by_name: string;
}

type Tables = {
  media: MediaTable;
  media_waveform: { media_id: string; waveform: string };
};

export type MediaRow = Selectable<MediaTable>;

/** What a media is made of: a file that was sent or that we made ourselves, or words to be spoken. */
export type MediaOrigin =
  | { kind: 'upload' | 'tune'; originalSha256: string; originalName: string }
  | { kind: 'speech'; speech: SpeechOrder };

export interface NewMedia {
  id: string;
  title: string;
  origin: MediaOrigin;
  createdAtMs: number;
  createdBy: { id: string; name: string };
}

const NOTHING_MADE = { sha256: null, bytes: null, duration_ms: null, refusal_code: null, refusal_params: null, damage: null } as const;

/** The table of media. Every write is one statement, so nothing is ever half changed. */
export class MediaStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<unknown>) {
    this.#db = db.withTables<Tables>();
  }

  async insert({ id, title, origin, createdAtMs, createdBy }: NewMedia): Promise<void> {
    const speech = origin.kind === 'speech';
    await this.#db
      .insertInto('media')
      .values({
        ...NOTHING_MADE,
        id,
        kind: origin.kind,
        title,
        state: 'processing',
        original_sha256: speech ? null : origin.originalSha256,
        original_name: speech ? null : origin.originalName,
        speech: speech ? JSON.stringify(origin.speech) : null,
        attempts: 0,
        source_lufs: null,
        loudness_lufs: null,
        true_peak_dbtp: null,
        created_at_ms: createdAtMs,
        created_by: createdBy.id,
        created_by_name: createdBy.name,
      })
      .execute();
  }

  find(id: string): Promise<MediaRow | undefined> {
    return this.#db.selectFrom('media').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async findAll(ids: readonly string[]): Promise<Map<string, MediaRow>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('media')
      .selectAll()
      .where('id', 'in', [...new Set(ids)])
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** What people brought, newest first. */
  uploads(query: PageQuery): Promise<Page<MediaRow>> {
    const select = this.#db.selectFrom('media').selectAll().where('kind', '=', 'upload');
    return pageBefore(query, (before, limit) => {
      const older = before
        ? select.where(({ eb, refTuple, tuple }) => eb(refTuple('created_at_ms', 'id'), '<', tuple(before.createdAtMs, before.id)))
        : select;
      return older.orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute();
    });
  }

  tunes(): Promise<MediaRow[]> {
    return this.#db.selectFrom('media').selectAll().where('kind', '=', 'tune').orderBy('id').execute();
  }

  /** The ids of what is not done yet, oldest first. */
  async processing(): Promise<string[]> {
    const rows = await this.#db.selectFrom('media').select('id').where('state', '=', 'processing').orderBy('created_at_ms').execute();
    return rows.map(({ id }) => id);
  }

  /** Notes that the making of it begins once more; returns how often it has begun. */
  async beginAttempt(id: string): Promise<number> {
    const row = await this.#db
      .updateTable('media')
      .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
      .where('id', '=', id)
      .returning('attempts')
      .executeTakeFirst();
    return row?.attempts ?? 0;
  }

  /** It ended because the server was told to stop, which says nothing against the file. */
  async takeAttemptBack(id: string): Promise<void> {
    await this.#db
      .updateTable('media')
      .set((eb) => ({ attempts: eb('attempts', '-', 1) }))
      .where('id', '=', id)
      .execute();
  }

  /** The sound and its waveform appear together. */
  async ready(id: string, made: MadeSound, file: { sha256: string; bytes: number }): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      const waveform = JSON.stringify(made.waveform);
      await transaction
        .insertInto('media_waveform')
        .values({ media_id: id, waveform })
        .onConflict((conflict) => conflict.column('media_id').doUpdateSet({ waveform }))
        .execute();
      await transaction
        .updateTable('media')
        .set({
          ...NOTHING_MADE,
          state: 'ready',
          ...file,
          duration_ms: made.durationMs,
          source_lufs: made.sourceLufs,
          loudness_lufs: made.loudnessLufs,
          true_peak_dbtp: made.truePeakDbtp,
          damage: made.damage && JSON.stringify(made.damage),
        })
        .where('id', '=', id)
        .execute();
    });
  }

  async refuse(id: string, refusal: { code: ErrorCode; params: ErrorParams }): Promise<void> {
    await this.#db
      .updateTable('media')
      .set({ ...NOTHING_MADE, state: 'refused', refusal_code: refusal.code, refusal_params: JSON.stringify(refusal.params) })
      .where('id', '=', id)
      .execute();
  }

  /** A tune whose making failed is made anew at the next start. */
  async restart(id: string): Promise<void> {
    await this.#db
      .updateTable('media')
      .set({ ...NOTHING_MADE, state: 'processing', attempts: 0 })
      .where('id', '=', id)
      .execute();
  }

  async waveform(id: string): Promise<{ stepMs: number; peaks: number[] } | undefined> {
    const row = await this.#db.selectFrom('media_waveform').select('waveform').where('media_id', '=', id).executeTakeFirst();
    return row && (JSON.parse(row.waveform) as { stepMs: number; peaks: number[] });
  }
}

export function damageOf(row: MediaRow): Damage | null {
  return row.damage === null ? null : (JSON.parse(row.damage) as Damage);
}

export function speechOf(row: MediaRow): SpeechOrder | null {
  return row.speech === null ? null : (JSON.parse(row.speech) as SpeechOrder);
}
