import type { CompiledQuery, DatabaseConnection, Dialect, Driver } from 'kysely'

/** A dialect that also reports each statement. */
export function capturing(dialect: Dialect, onQuery: (query: CompiledQuery) => void): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => reporting(dialect.createDriver(), onQuery),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  }
}

function reporting(driver: Driver, onQuery: (query: CompiledQuery) => void): Driver {
  const real = new WeakMap<DatabaseConnection, DatabaseConnection>()
  const unwrapped = (connection: DatabaseConnection) => real.get(connection) as DatabaseConnection
  return {
    init: () => driver.init(),
    async acquireConnection() {
      const connection = await driver.acquireConnection()
      const wrapped: DatabaseConnection = {
        executeQuery(query) {
          onQuery(query)
          return connection.executeQuery(query)
        },
        streamQuery: (query, size) => connection.streamQuery(query, size),
      }
      real.set(wrapped, connection)
      return wrapped
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(unwrapped(connection), settings),
    commitTransaction: (connection) => driver.commitTransaction(unwrapped(connection)),
    rollbackTransaction: (connection) => driver.rollbackTransaction(unwrapped(connection)),
    releaseConnection: (connection) => driver.releaseConnection(unwrapped(connection)),
    destroy: () => driver.destroy(),
  }
}
