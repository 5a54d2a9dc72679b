import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { draftFolder } from './temporary.ts'

/** Fills a folder once. It is filled beside its place: one that is there is whole, whenever a run was killed. */
export async function unpackOnce(target: string, fill: (draft: string) => Promise<unknown>): Promise<void> {
  if (existsSync(target)) return
  await mkdir(dirname(target), { recursive: true })
  const draft = await draftFolder(target)
  try {
    await fill(draft)
    await rename(draft, target)
  } catch (error) {
    // Another run was first.
    if (!existsSync(target)) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
