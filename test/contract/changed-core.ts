import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import type { Core } from './core.ts'

/** A piece of code, and its replacement. */
export interface Change {
  /** Default `core`. */
  readonly package?: keyof typeof SOURCES
  /** In the `src` of the package. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const CORE = fileURLToPath(new URL('../../packages/core/', import.meta.url))
const SOURCES = { core: join(CORE, 'src'), sql: join(CORE, '../sql/src') } as const
/** The file of `@patkit/sql` that is copied. It needs core alone. */
const POLLING = 'channels/polling-channel.ts'
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
export async function loadChangedCore(folder: string, change: Change): Promise<Core> {
  const { package: name = 'core', file, find, replace } = change
  const copy = mkdtempSync(join(folder, 'core-'))
  cpSync(compiledCore(folder), copy, { recursive: true })
  const parts = readFileSync(join(SOURCES[name], file), 'utf8').split(find)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`)
  const changed = parts.join(replace)
  writeFileSync(join(copy, scriptOf(file)), compiled(name === 'core' ? changed : besideCore(changed)))
  const [main, adapter, polling] = await Promise.all(
    ['index.js', 'adapter.js', scriptOf(POLLING)].map(
      (door) => import(/* @vite-ignore */ pathToFileURL(join(copy, door)).href),
    ),
  )
  return { ...main, ...adapter, pollingChannel: polling.pollingChannel } as Core
}

/** Core as JavaScript, compiled once for all copies: most of a copy is not changed. */
function compiledCore(folder: string): string {
  const base = join(folder, 'unchanged')
  if (existsSync(base)) return base
  const write = (file: string, source: string) => {
    mkdirSync(dirname(join(base, file)), { recursive: true })
    writeFileSync(join(base, scriptOf(file)), compiled(source))
  }
  for (const file of readdirSync(SOURCES.core, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts')) write(file, readFileSync(join(SOURCES.core, file), 'utf8'))
  }
  write(POLLING, besideCore(readFileSync(join(SOURCES.sql, POLLING), 'utf8')))
  return base
}

/** Makes code of `@patkit/sql` import the copy of core, which is one folder above it. */
function besideCore(source: string): string {
  return source.replace("'@patkit/core/adapter'", "'../adapter.js'").replace("'@patkit/core'", "'../index.js'")
}

function compiled(source: string): string {
  return ts.transpileModule(source, { compilerOptions: OPTIONS }).outputText
}

function scriptOf(file: string): string {
  return file.replace(/\.ts$/, '.js')
}
