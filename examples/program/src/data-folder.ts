import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartupError } from './startup-error.ts'

/**
 * Makes the folder of a database where there is none, and sees that the file in it can be written.
 *
 * @throws StartupError saying why it cannot
 */
export function prepareDataFolder(folder: string, file: string): void {
  try {
    makeFolder(folder)
    // SQLite says no more than that it cannot open a file; the file system says why.
    closeSync(openSync(file, 'a'))
  } catch (cause) {
    throw new StartupError(`cannot write to the data folder ${folder}: ${(cause as Error).message}`, { cause })
  }
}

/** Not `recursive`, which never returns where a parent is there and refuses folders with ENOENT, as in /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}
