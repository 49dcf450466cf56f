import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('media')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('upload', 'speech', 'tune')`))
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull().check(sql`state in ('processing', 'ready', 'refused')`))
    // Of a file: its hash and name. Of a speech: the words as the voice reads them, as JSON with voice and rate.
    .addColumn('original_sha256', 'text')
    .addColumn('original_name', 'text')
    .addColumn('speech', 'text')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('sha256', 'text')
    .addColumn('bytes', 'integer')
    .addColumn('duration_ms', 'real')
    .addColumn('source_lufs', 'real')
    .addColumn('loudness_lufs', 'real')
    .addColumn('true_peak_dbtp', 'real')
    .addColumn('damage', 'text')
    .addColumn('refusal_code', 'text')
    .addColumn('refusal_params', 'text')
    .addColumn('created_at_ms', 'real', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_by_name', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('media_by_age').on('media').columns(['kind', 'created_at_ms', 'id']).execute();
  await db.schema.createIndex('media_by_state').on('media').columns(['state', 'created_at_ms']).execute();
  await db.schema.createIndex('media_by_sound').on('media').column('sha256').execute();

  await db.schema
    .createTable('media_waveform')
    .addColumn('media_id', 'text', (column) => column.primaryKey().references('media.id'))
    .addColumn('waveform', 'text', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('bulletins')
    .addColumn('id', 'text', (column) => column.primaryKey())
    // Grows with every change; an update names the revision that it was decided on.
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull().check(sql`state in ('draft', 'waiting', 'approved', 'refused')`))
    .addColumn('media_id', 'text', (column) => column.notNull().references('media.id'))
    .addColumn('text', 'text')
    .addColumn('spoken', 'text')
    .addColumn('voice', 'text')
    .addColumn('rate', 'real')
    .addColumn('search', 'text', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('editor_id', 'text', (column) => column.notNull())
    .addColumn('editor_name', 'text', (column) => column.notNull())
    .addColumn('approver_id', 'text')
    .addColumn('approver_name', 'text')
    // The approval is of this sound and of no other.
    .addColumn('approved_sha256', 'text')
    .addColumn('refusal_reason', 'text')
    .addColumn('created_at_ms', 'real', (column) => column.notNull())
    .addColumn('submitted_at_ms', 'real')
    .addColumn('decided_at_ms', 'real')
    .execute();
  await db.schema.createIndex('bulletins_by_age').on('bulletins').columns(['created_at_ms', 'id']).execute();
  await db.schema.createIndex('bulletins_by_media').on('bulletins').column('media_id').execute();
}
