import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('stations')
    .addColumn('code', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('commune', 'text', (column) => column.notNull())
    .addColumn('time_zone', 'text', (column) => column.notNull())
    .addColumn('illustrative', 'integer', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('villages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('station', 'text', (column) => column.notNull().references('stations.code'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('clusters')
    .addColumn('code', 'text', (column) => column.primaryKey())
    .addColumn('station', 'text', (column) => column.notNull().references('stations.code'))
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('village_id', 'text', (column) => column.references('villages.id'))
    .addColumn('lat', 'real', (column) => column.notNull())
    .addColumn('lon', 'real', (column) => column.notNull())
    .addColumn('volume', 'integer', (column) => column.notNull())
    .addColumn('delay_ms', 'real', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('clusters_by_village').on('clusters').column('village_id').execute();

  await db.schema
    .createTable('speakers')
    .addColumn('code', 'text', (column) => column.primaryKey())
    .addColumn('cluster', 'text', (column) => column.notNull().references('clusters.code'))
    .addColumn('watts', 'real', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('speakers_by_cluster').on('speakers').column('cluster').execute();

  // A row stays when its device is revoked: who spoke for a cluster, and until when, is part of the records.
  await db.schema
    .createTable('devices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('cluster', 'text', (column) => column.notNull().references('clusters.code'))
    .addColumn('serial', 'text', (column) => column.notNull().unique())
    .addColumn('certificate', 'text', (column) => column.notNull())
    // SHA-256 of the public key: a device whose answer was lost on the way is known by it when it asks again.
    .addColumn('key_hash', 'text', (column) => column.notNull())
    .addColumn('enrolled_at_ms', 'real', (column) => column.notNull())
    .addColumn('revoked_at_ms', 'real')
    .addColumn('revoked_by', 'text')
    .execute();
  await db.schema.createIndex('devices_by_cluster').on('devices').column('cluster').execute();

  await db.schema
    .createTable('enrolments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('cluster', 'text', (column) => column.notNull().references('clusters.code'))
    .addColumn('secret_hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at_ms', 'real', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('expires_at_ms', 'real', (column) => column.notNull())
    .addColumn('used_at_ms', 'real')
    .addColumn('device_id', 'text')
    .execute();
  await db.schema.createIndex('enrolments_by_cluster').on('enrolments').column('cluster').execute();

  // What a cluster said last: shown after a restart of the server until it speaks again.
  await db.schema
    .createTable('cluster_states')
    .addColumn('cluster', 'text', (column) => column.primaryKey().references('clusters.code'))
    .addColumn('online', 'integer', (column) => column.notNull())
    .addColumn('last_seen_at_ms', 'real')
    .addColumn('state', 'text')
    .addColumn('health', 'text')
    .execute();

  await db.schema
    .createTable('telemetry')
    .addColumn('cluster', 'text', (column) => column.notNull())
    .addColumn('field', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'real', (column) => column.notNull())
    .addColumn('value', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('telemetry_key', ['cluster', 'field', 'at_ms'])
    .execute();
  await db.schema.createIndex('telemetry_by_age').on('telemetry').column('at_ms').execute();
}
