import { join, resolve } from 'node:path'
import { StartupError } from './startup-error.ts'

/** A database to open. */
export interface DatabaseLocation {
  readonly engine: 'sqlite' | 'postgres'
  /** A path, or a URL, which may hold a password: it goes to the driver, and is never shown. */
  readonly connection: string
  /** The folder that is made for it where there is none. */
  readonly folder: string | null
  /** For people. */
  readonly shown: string
}

/** The database of an example in a folder. */
export function fileInFolder(folder: string, name: string): DatabaseLocation {
  const file = join(folder, `${name}.sqlite`)
  return { engine: 'sqlite', connection: file, folder, shown: file }
}

/** @throws StartupError that does not repeat the URL */
export function locate(url: string): DatabaseLocation {
  if (/^sqlite:./.test(url)) {
    const file = resolve(url.slice('sqlite:'.length))
    return { engine: 'sqlite', connection: file, folder: null, shown: file }
  }
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) {
    const { protocol, host, pathname } = new URL(url)
    return { engine: 'postgres', connection: url, folder: null, shown: `${protocol}//${host}${pathname}` }
  }
  throw new StartupError('--db must be sqlite:<path> or postgres://<user>@<host>/<database>')
}
