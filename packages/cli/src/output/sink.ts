import { type FileHandle, open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError } from '../cli-error.ts'
import type { World } from '../world.ts'
import { write } from './write.ts'

/** Where an export goes. */
export interface Sink {
  write(text: string): Promise<void>
}

/** For its owner alone: logs tell who did what. */
const MODE = 0o600

/**
 * Gives stdout, or a file, to some work. A new file that is not finished is removed.
 *
 * @throws CliError `ERR_PAT_FILE` for a file that is there already, or that cannot be written
 */
export async function withSink<T>(
  { stdout, cwd }: World,
  name: string | undefined,
  overwrite: boolean,
  work: (sink: Sink) => Promise<T>,
): Promise<T> {
  if (name === undefined) return work({ write: (text) => write(stdout, text) })
  const path = resolve(cwd, name)
  const failed = (cause: unknown) => fileError(name, cause)
  const file = await openFile(path, overwrite).catch((cause) => {
    throw failed(cause)
  })
  try {
    const done = await work({
      async write(text) {
        await file.writeFile(text).catch((cause) => {
          throw failed(cause)
        })
      },
    })
    await file.close()
    return done
  } catch (error) {
    await file.close().catch(() => {})
    // What was there before is not ours to remove: it may be a device.
    if (!overwrite) await rm(path, { force: true })
    throw error
  }
}

/** A file that others could read before is closed to them; a device stays what it is. */
async function openFile(path: string, overwrite: boolean): Promise<FileHandle> {
  const file = await open(path, overwrite ? 'w' : 'wx', MODE)
  if ((await file.stat()).isFile()) await file.chmod(MODE)
  return file
}

function fileError(name: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException
  const problem = code === 'EEXIST' ? 'is there already: --force overwrites it' : `cannot be written: ${code}`
  return new CliError('ERR_PAT_FILE', `${name} ${problem}`, '--output', { cause })
}
