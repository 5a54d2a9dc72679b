import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The packages as they are published: a folder with a `node_modules` whose export maps lead to `dist`. */
export interface BuiltPackages {
  readonly folder: string
  /** Imports `@patkit/<name>`. `entry` is a file of its `dist`, for doors other than the first. */
  load<T>(name: string, entry?: string): Promise<T>
}

interface Manifest {
  readonly name: string
  readonly type: string
  readonly publishConfig: { readonly exports: object }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const PACKAGES = join(import.meta.dirname, '../../../packages')
const OWN_MODULES = join(import.meta.dirname, '../node_modules')

/**
 * In the workspace, packages import the sources of each other. Here they import the built files, as users run them. The
 * folder is removed when the process exits.
 */
export function builtPackages(): BuiltPackages {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-built-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  for (const name of readdirSync(PACKAGES)) copyPackage(name, modules)
  for (const name of ['express', 'koa', 'hono']) link(join(OWN_MODULES, name), join(modules, name))
  return {
    folder,
    load: (name, entry = 'index.js') => import(pathToFileURL(join(modules, '@patkit', name, 'dist', entry)).href),
  }
}

function copyPackage(name: string, modules: string): void {
  const from = join(PACKAGES, name)
  const manifest: Manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  const to = join(modules, manifest.name)
  cpSync(join(from, 'dist'), join(to, 'dist'), { recursive: true })
  const { type, publishConfig, dependencies, peerDependencies } = manifest
  writeFileSync(join(to, 'package.json'), JSON.stringify({ name: manifest.name, type, ...publishConfig }))
  for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (dependency.startsWith('@patkit/')) continue
    link(join(from, 'node_modules', dependency), join(modules, dependency))
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  try {
    symlinkSync(target, path)
  } catch (error) {
    // Two packages have the same dependency.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
