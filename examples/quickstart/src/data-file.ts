import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartupError } from './startup-error.ts'

/**
 * The path of the database in a data folder, which is made where there is none.
 *
 * @throws StartupError when the folder cannot be made or written to
 */
export function dataFile(folder: string): string {
  const file = join(folder, 'quickstart.sqlite')
  try {
    makeFolder(folder)
    // SQLite says no more than that it cannot open a file; the file system says why.
    closeSync(openSync(file, 'a'))
  } catch (cause) {
    throw new StartupError(`cannot write to the data folder ${folder}: ${(cause as Error).message}`, { cause })
  }
  return file
}

/** Not `recursive`, which never returns where a parent is there and refuses folders with ENOENT, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}
