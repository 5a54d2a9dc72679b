import type { Dialect, Driver } from 'kysely'

/** What a driver is to fail with at its next commit, before the database has committed or after it. */
export interface Faults {
  commit: 'before' | 'after' | null
  /** Commits that go well before that. */
  spared: number
}

/** A dialect whose commits fail on demand, once. */
export function faulty(dialect: Dialect, faults: Faults): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => failing(dialect.createDriver(), faults),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  }
}

function failing(driver: Driver, faults: Faults): Driver {
  return {
    init: () => driver.init(),
    acquireConnection: () => driver.acquireConnection(),
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    async commitTransaction(connection) {
      const { commit } = faults
      const fails = commit !== null && faults.spared-- <= 0
      if (fails) faults.commit = null
      if (!fails || commit === 'after') await driver.commitTransaction(connection)
      if (fails) throw new Error('the connection was lost')
    },
    // As a driver does whose connection is gone, or whose database has rolled back by itself.
    async rollbackTransaction(connection) {
      await driver.rollbackTransaction(connection).catch(() => {})
      throw new Error('cannot rollback')
    },
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  }
}
