import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import type { Core } from './core.ts'

/** A piece of core's code, and its replacement. */
export interface Change {
  /** In `packages/core/src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const CORE = fileURLToPath(new URL('../../packages/core/', import.meta.url))
const SOURCES = join(CORE, 'src')
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}
/** Under core's own dependencies, so that a copy finds them. */
const CACHE = join(CORE, 'node_modules', '.cache')

/** A folder of its own for copies of core; the caller removes it. */
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
  cpSync(compiledCore(folder), copy, { recursive: true })
  const parts = readFileSync(join(SOURCES, file), 'utf8').split(find)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`)
  writeFileSync(join(copy, scriptOf(file)), compiled(parts.join(replace)))
  const [main, adapter] = await Promise.all(
    ['index.js', 'adapter.js'].map((door) => import(/* @vite-ignore */ pathToFileURL(join(copy, door)).href)),
  )
  return { ...main, ...adapter } as Core
}

/** Core as JavaScript, compiled once for all copies: most of a copy is not changed. */
function compiledCore(folder: string): string {
  const base = join(folder, 'unchanged')
  if (existsSync(base)) return base
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    mkdirSync(dirname(join(base, file)), { recursive: true })
    writeFileSync(join(base, scriptOf(file)), compiled(readFileSync(join(SOURCES, file), 'utf8')))
  }
  return base
}

function compiled(source: string): string {
  return ts.transpileModule(source, { compilerOptions: OPTIONS }).outputText
}

function scriptOf(file: string): string {
  return file.replace(/\.ts$/, '.js')
}
