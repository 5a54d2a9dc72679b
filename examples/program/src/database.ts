import type { InvalidationChannel } from '@patkit/core'
import type { SqlStore } from '@patkit/sql'
import { openChannel as openChannelAt, openStore as openStoreAt } from 'patkit/database'
import { prepareDataFolder } from './data-folder.ts'
import { asStartupError, type DatabaseLocation } from './database-location.ts'
import { StartupError } from './startup-error.ts'

/**
 * Opens a database, and creates its tables if they are missing.
 *
 * @throws StartupError saying why it cannot be used
 */
export async function openStore(location: DatabaseLocation): Promise<SqlStore> {
  const { url, folder } = location
  if (folder !== null) prepareDataFolder(folder, url.connection)
  return usingDatabase(location, async () => {
    const store = await openStoreAt(url, true)
    try {
      await store.migrate()
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
    return store
  })
}

/** The channel between the programs on a database. Connects with the first request. */
export function openChannel({ url }: DatabaseLocation, store: SqlStore): Promise<InvalidationChannel> {
  return openChannelAt(url, store, (cause) => console.error(`channel: ${(cause as Error).message}`))
}

/** @throws StartupError naming the database */
export async function usingDatabase<T>({ url }: DatabaseLocation, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const cause = asStartupError(error)
    if (cause instanceof StartupError) throw cause
    const { message, code } = cause as NodeJS.ErrnoException
    // A refused connection to a host with several addresses has no message.
    throw new StartupError(`cannot use the database ${url.shown}: ${message || code}`, { cause })
  }
}
