import { type Kysely, Migrator, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { requireSafeEscaping } from './escaping.ts'
import { tableMigrations } from './migrations/tables.ts'

/**
 * Brings the schema up to date, and does nothing where it is. Two processes may do so at once.
 *
 * @returns the names of the migrations that were run
 * @throws Error where the server does not read values as its driver writes them
 */
export async function migrate<S>(db: Kysely<S>, engine: Engine): Promise<readonly string[]> {
  await requireSafeEscaping(db, engine)
  if (!engine.locksByTransaction) return upToDate(db, engine, false)
  return db.connection().execute(async (connection) => {
    // Kysely takes no lock here, and a transaction that begins by reading cannot wait for its turn to write.
    await sql`begin immediate`.execute(connection)
    try {
      const names = await upToDate(connection, engine, true)
      await sql`commit`.execute(connection)
      return names
    } catch (cause) {
      await sql`rollback`.execute(connection)
      throw cause
    }
  })
}

/** The names of the migrations that have not been run. Changes nothing. */
export async function pendingMigrations<S>(db: Kysely<S>, engine: Engine): Promise<readonly string[]> {
  const migrations = await migrator(db, engine, false).getMigrations()
  return migrations.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name)
}

async function upToDate<S>(db: Kysely<S>, engine: Engine, disableTransactions: boolean): Promise<readonly string[]> {
  const { error, results = [] } = await migrator(db, engine, disableTransactions).migrateToLatest()
  if (error !== undefined) throw error
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName)
}

function migrator<S>(db: Kysely<S>, engine: Engine, disableTransactions: boolean): Migrator {
  return new Migrator({
    db,
    disableTransactions,
    migrationTableName: 'patkit_migration',
    migrationLockTableName: 'patkit_migration_lock',
    provider: { getMigrations: async () => tableMigrations(engine) },
  })
}
