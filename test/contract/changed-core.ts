import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Core } from './credentials.ts'

/** A piece of core's code, and what stands there when it is taken out. */
export interface Change {
  /** In `packages/core/src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const CORE = fileURLToPath(new URL('../../packages/core/', import.meta.url))
/** Under core's own dependencies, so that a copy finds them. */
const CACHE = join(CORE, 'node_modules', '.cache')

/** A folder of its own for copies of core; whoever asked for it removes it. */
export function createCopiesFolder(): string {
  mkdirSync(CACHE, { recursive: true })
  return mkdtempSync(join(CACHE, 'patkit-safeguards-'))
}

/**
 * Loads a copy of core with one change.
 *
 * @throws Error unless the code to be changed stands there exactly once
 */
export async function loadChangedCore(folder: string, { file, find, replace }: Change): Promise<Core> {
  const copy = mkdtempSync(join(folder, 'core-'))
  cpSync(join(CORE, 'src'), copy, { recursive: true })
  const path = join(copy, file)
  const parts = readFileSync(path, 'utf8').split(find)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`)
  writeFileSync(path, parts.join(replace))
  return (await import(/* @vite-ignore */ join(copy, 'index.ts'))) as Core
}
