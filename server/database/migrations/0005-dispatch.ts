import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Versions are counted for ever, also over a change of device: a number that comes again is a replay to its reader.
  await db.schema
    .createTable('versions')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('versions_key', ['cluster', 'kind'])
    .execute();

  // The desired plan and the desired override of each cluster, as they were signed.
  await db.schema
    .createTable('desired')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('plan', 'override')`))
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('signed', 'text', (column) => column.notNull())
    .addColumn('expires_at_ms', 'real', (column) => column.notNull())
    .addColumn('signed_at_ms', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('desired_key', ['cluster', 'kind'])
    .execute();

  await db.schema
    .createTable('stops')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('broadcast_id', 'text')
    .addColumn('started_before_ms', 'real', (column) => column.notNull())
    .addColumn('end_at_ms', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('stops_key', ['cluster', 'id'])
    .execute();
  await db.schema.createIndex('stops_by_end').on('stops').column('end_at_ms').execute();

  await db.schema
    .createTable('orders')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('broadcast_id', 'text')
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('made_at_ms', 'real', (column) => column.notNull())
    .addColumn('end_at_ms', 'real', (column) => column.notNull())
    // Withdrawn: stopped before its end; not sent again.
    .addColumn('withdrawn_at_ms', 'real')
    .addColumn('stage', 'text')
    .addColumn('stage_at_ms', 'real')
    .addColumn('reason', 'text')
    .execute();
  await db.schema.createIndex('orders_by_cluster').on('orders').columns(['cluster', 'made_at_ms']).execute();
  await db.schema.createIndex('orders_by_end').on('orders').column('end_at_ms').execute();
  await db.schema.createIndex('orders_by_broadcast').on('orders').column('broadcast_id').execute();
}
