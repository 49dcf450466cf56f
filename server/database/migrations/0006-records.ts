import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // One row for one item of one broadcast on one cluster, for its whole life: expected, then sounded or absent.
  await db.schema
    .createTable('play_log')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('broadcast_id', 'text', (column) => column.notNull())
    .addColumn('item_index', 'integer', (column) => column.notNull())
    // 'expected' | 'absent' | 'receipt'
    .addColumn('kind', 'text', (column) => column.notNull())
    // 'plan' | 'order'; null: sounded without having been expected.
    .addColumn('expected_by', 'text')
    .addColumn('bulletin_id', 'text')
    .addColumn('broadcast_title', 'text')
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('planned_at_ms', 'real', (column) => column.notNull())
    .addColumn('planned_ms', 'real', (column) => column.notNull())
    .addColumn('ends_at_ms', 'real', (column) => column.notNull())
    .addColumn('started_at_ms', 'real')
    .addColumn('heard_ms', 'real', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('reason', 'text')
    .addColumn('skew_ms', 'real')
    .addColumn('rms_dbfs', 'real')
    .addColumn('clock', 'text')
    .addColumn('stored_at_ms', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('play_log_key', ['cluster', 'broadcast_id', 'item_index'])
    .execute();
  await db.schema
    .createIndex('play_log_by_plan')
    .on('play_log')
    .columns(['planned_at_ms', 'cluster', 'broadcast_id', 'item_index'])
    .execute();
  await db.schema.createIndex('play_log_by_broadcast').on('play_log').column('broadcast_id').execute();
  await db.schema.createIndex('play_log_due').on('play_log').columns(['kind', 'ends_at_ms']).execute();

  // Up to which number each journal is stored.
  await db.schema
    .createTable('journals')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('heard_at_ms', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('journals_key', ['cluster', 'epoch'])
    .execute();

  await db.schema
    .createTable('alarms')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'real', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('evidence', 'text', (column) => column.notNull())
    .addColumn('stored_at_ms', 'real', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('alarms_by_cluster').on('alarms').columns(['cluster', 'at_ms']).execute();

  // Entries that could not be understood, as they came: counted as stored, so that they hold nothing up, and kept.
  await db.schema
    .createTable('journal_refused')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('epoch', 'text')
    .addColumn('seq', 'integer')
    .addColumn('raw', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('stored_at_ms', 'real', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('journal_refused_by_cluster').on('journal_refused').columns(['cluster', 'id']).execute();
}
