import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { CliError } from '../errors.ts'
import type { World } from '../world.ts'

/** The reader has closed the pipe, as `| head` does. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/**
 * Writes, and waits until it has been taken: a slow reader holds up who writes, and nothing piles up.
 *
 * @throws BrokenPipe when the reader has closed the pipe
 */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error == null) resolve()
      else reject(isGone(error) ? new BrokenPipe() : error)
    })
  })
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return ['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].includes(error.code ?? '')
}

/** Where an export goes. */
export interface Sink {
  write(text: string): Promise<void>
}

/** Where it is written to, and what becomes of that. */
interface Place {
  readonly file: FileHandle
  keep(): Promise<void>
  discard(): Promise<void>
}

/** Readable by its owner only: logs name people and their actions. */
const MODE = 0o600
const RANDOM_BYTES = 6

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
  const failed = (cause: unknown) => fileError(name, cause)
  const place = await openPlace(resolve(cwd, name), overwrite).catch((cause) => {
    throw failed(cause)
  })
  const { file } = place
  try {
    const done = await work({
      async write(text) {
        await file.writeFile(text).catch((cause) => {
          throw failed(cause)
        })
      },
    })
    await file.close()
    await place.keep().catch((cause) => {
      throw failed(cause)
    })
    return done
  } catch (error) {
    await file.close().catch(() => {})
    await place.discard()
    throw error
  }
}

/**
 * An existing file or link stays until the new file replaces it: processes that have it open never read the new content.
 */
async function openPlace(path: string, overwrite: boolean): Promise<Place> {
  if (overwrite && (await isOfSystem(path))) return { file: await open(path, 'w'), keep: nothing, discard: nothing }
  const written = overwrite ? `${path}.${randomBytes(RANDOM_BYTES).toString('hex')}` : path
  return {
    file: await open(written, 'wx', MODE),
    keep: overwrite ? () => rename(written, path) : nothing,
    discard: () => rm(written, { force: true }),
  }
}

/** A device or pipe stays what it is, and so does what only looks like a file, such as `/dev/stdout`. */
async function isOfSystem(path: string): Promise<boolean> {
  if (/^\/(?:dev|proc)\//.test(path)) return true
  const found = await stat(path).catch(() => null)
  return found !== null && !found.isFile()
}

async function nothing(): Promise<void> {}

function fileError(name: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException
  const problem = code === 'EEXIST' ? 'exists: --force overwrites it' : `cannot be written: ${code}`
  return new CliError('ERR_PAT_FILE', `${name} ${problem}`, '--output', { cause })
}
