import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { FILE_OF_OWNER, FOLDER_OF_OWNER } from './owner-alone.ts'
import { StartupError } from './startup-error.ts'

/**
 * Creates the folder of a database if it is missing, and checks that the file in it can be written. New ones are for
 * their owner alone; the permissions of existing ones are not changed.
 *
 * @throws StartupError saying why it cannot
 */
export function prepareDataFolder(folder: string, file: string): void {
  try {
    makeFolder(folder)
    makeFile(file)
  } catch (cause) {
    throw new StartupError(`cannot write to the data folder ${folder}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * SQLite says no more than that it cannot open a file; the file system says why. And SQLite takes the permissions of a
 * file that is there, for those that it puts beside it as well.
 */
export function makeFile(file: string): void {
  closeSync(openSync(file, 'a', FILE_OF_OWNER))
}

/** Not `recursive`, which never returns where a parent is there and refuses folders with ENOENT, as in /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, FOLDER_OF_OWNER)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}
