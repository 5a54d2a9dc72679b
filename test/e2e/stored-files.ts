import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Everything that a folder of a database holds. */
export async function readFolder(folder: string): Promise<Buffer> {
  const files = await readdir(folder)
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))))
}

/** A token as it is stored. */
export function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
