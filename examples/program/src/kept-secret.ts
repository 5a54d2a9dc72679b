import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from './data-folder.ts'
import { FILE_OF_OWNER } from './owner-alone.ts'
import { StartupError } from './startup-error.ts'

/**
 * A secret that is made at the first start and the same at every other, in a file that its owner alone can read.
 *
 * @throws StartupError naming the file
 */
export async function keptSecret(folder: string, name: string, make: () => Promise<string>): Promise<string> {
  const file = join(folder, name)
  try {
    return (await contentOf(file)) ?? (await keepFirst(folder, file, await make()))
  } catch (cause) {
    throw new StartupError(`cannot keep a key in ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** Written aside and linked into place: of those who start at once, all have the secret of the first, and all of it. */
async function keepFirst(folder: string, file: string, secret: string): Promise<string> {
  makeFolder(folder)
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, secret, { mode: FILE_OF_OWNER, flag: 'wx' })
  try {
    await link(draft, file)
    return secret
  } catch (error) {
    const first = await contentOf(file)
    if (first === null) throw error
    return first
  } finally {
    await rm(draft)
  }
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
