import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('programmes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    // In order, as JSON: bulletins, tunes, gaps, relays.
    .addColumn('items', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'real', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_by_name', 'text', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('schedules')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('programme_id', 'text', (column) => column.references('programmes.id'))
    // Of another feature's table: no foreign key, for a migration of theirs must not need ours.
    .addColumn('bulletin_id', 'text')
    .addColumn('targets', 'text', (column) => column.notNull())
    .addColumn('start', 'text', (column) => column.notNull())
    .addColumn('time_zone', 'text', (column) => column.notNull())
    .addColumn('rrule', 'text')
    .addColumn('except_dates', 'text', (column) => column.notNull())
    .addColumn('valid_until', 'text')
    // Null: the level of what is played.
    .addColumn('level', 'text')
    .addColumn('volume', 'integer')
    .addColumn('decision', 'text')
    .addColumn('created_at_ms', 'real', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_by_name', 'text', (column) => column.notNull())
    .addCheckConstraint('schedules_play_one_thing', sql`(programme_id is null) <> (bulletin_id is null)`)
    .execute();
  await db.schema.createIndex('schedules_by_programme').on('schedules').column('programme_id').execute();
  await db.schema.createIndex('schedules_by_bulletin').on('schedules').column('bulletin_id').execute();
}
