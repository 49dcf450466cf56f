import { CodedError } from '@tieng-lang/shared/errors';
import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Migration } from './migrations.ts';

type MigrationTables = { schema_migrations: { name: string } };

/**
 * Those of `known` that this database has not seen, in order. Nothing is written.
 * @throws CodedError `database-newer` when it has seen one that is not known here
 */
export async function pendingMigrations(db: Kysely<unknown>, known: readonly Migration[]): Promise<readonly Migration[]> {
  const tables = await sql<{ name: string }>`SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'`.execute(
    db,
  );
  if (tables.rows.length === 0) return known;
  const rows = await db.withTables<MigrationTables>().selectFrom('schema_migrations').select('name').execute();
  const seen = new Set(rows.map((row) => row.name));
  const names = new Set(known.map((migration) => migration.name));
  if ([...seen].some((name) => !names.has(name))) throw new CodedError('database-newer');
  return known.filter((migration) => !seen.has(migration.name));
}

/** Each in a transaction with its own mark: a power cut leaves a migration either done or not begun. */
export async function migrate(db: Kysely<unknown>, pending: readonly Migration[], log: Logger): Promise<void> {
  await db.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .execute();
  for (const migration of pending) {
    await db.transaction().execute(async (transaction) => {
      await migration.up(transaction);
      await transaction.withTables<MigrationTables>().insertInto('schema_migrations').values({ name: migration.name }).execute();
    });
    log.info({ event: 'database-migrated', migration: migration.name });
  }
}
