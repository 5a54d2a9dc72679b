import { wrongOption } from '@patkit/core/adapter'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** The members in use of a libsql database. */
export interface LibsqlDatabase extends SqliteDatabase {
  readonly inTransaction: boolean
  exec(sql: string): unknown
}

const WRITES = /^\s*(?:insert|update|delete|replace|create|alter|drop)\b/i
const BEGINS = /^\s*begin(?:\s+immediate)?\s*$/i

/**
 * A libsql database in which each write has the lock before it starts. libsql leaves a statement that meets a lock
 * (SQLITE_BUSY) under way, and SQLite commits nothing on that connection before it ends: later writes would be reported
 * as done, be lost with the process, and keep other programs locked out. `exec` leaves nothing behind.
 *
 * @example
 * ```ts
 * import { lockingBeforeWrites, sqlStore } from '@patkit/sql'
 * import { SqliteDialect } from 'kysely'
 * import Database from 'libsql'
 *
 * const database = new Database('tokens.db', { timeout: 5_000 })
 * const store = sqlStore({ dialect: new SqliteDialect({ database: lockingBeforeWrites(database) }) })
 * ```
 *
 * @throws TypeError for an object without `prepare` and `exec`
 */
export function lockingBeforeWrites(database: LibsqlDatabase): SqliteDatabase {
  if (typeof database?.prepare !== 'function' || typeof database.exec !== 'function') {
    throw wrongOption('database', 'must be a database of libsql')
  }
  return {
    close: () => database.close(),
    prepare(sql) {
      if (BEGINS.test(sql)) return transactionStart(database)
      const statement = database.prepare(sql)
      return WRITES.test(sql) && !database.inTransaction ? lockedStatement(database, statement) : statement
    },
  }
}

/** Kysely begins its transactions without a lock, and their first write would meet it. */
function transactionStart(database: LibsqlDatabase): SqliteStatement {
  const run = () => {
    database.exec('begin immediate')
    return { changes: 0, lastInsertRowid: 0 }
  }
  return { reader: false, run, all: () => [], iterate: () => [].values() }
}

function lockedStatement(database: LibsqlDatabase, statement: SqliteStatement): SqliteStatement {
  const locked = <T>(work: () => T): T => {
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      // SQLite has rolled back already after some errors, such as a full disk.
      if (database.inTransaction) database.exec('rollback')
      throw error
    }
  }
  return {
    reader: statement.reader,
    run: (parameters) => locked(() => statement.run(parameters)),
    all: (parameters) => locked(() => statement.all(parameters)),
    iterate: (parameters) => locked(() => statement.all(parameters)).values() as IterableIterator<unknown>,
  }
}
