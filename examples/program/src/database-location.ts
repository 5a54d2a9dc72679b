import { join } from 'node:path'
import { CliError, type DatabaseUrl, parseDatabaseUrl } from 'patkit/database'
import { StartupError } from './startup-error.ts'

/** A database to open. */
export interface DatabaseLocation {
  readonly url: DatabaseUrl
  /** The folder that is created for it if it is missing. */
  readonly folder: string | null
}

/** The database of an example in a folder. */
export function fileInFolder(folder: string, name: string): DatabaseLocation {
  const file = join(folder, `${name}.sqlite`)
  const url = { engine: 'sqlite', connection: file, shown: file, driver: {}, schema: null, tablePrefix: null } as const
  return { url, folder }
}

/** @throws StartupError that does not repeat the URL */
export function locate(url: string): DatabaseLocation {
  try {
    return { url: parseDatabaseUrl(url, '--db', { env: process.env, cwd: process.cwd() }), folder: null }
  } catch (cause) {
    throw asStartupError(cause)
  }
}

/** The refusals of the command line, which are for the person who started the program. */
export function asStartupError(cause: unknown): unknown {
  return cause instanceof CliError ? new StartupError(cause.message, { cause }) : cause
}
