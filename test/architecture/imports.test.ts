import { join } from 'node:path'
import { posix } from 'node:path/posix'
import { describe, expect, test } from 'vitest'
import { browserSources, sourcesOf } from './package-sources.ts'
import { PACKAGES, type PackageRow, packageOf } from './packages.ts'
import { packageFolders, ROOT, readManifest } from './repository.ts'
import { parseSource, readSources, type Source } from './source.ts'

const OURS = /^(?:@patkit\/[^/]+|patkit)$/

test('every package has a row, and every row a package of that name', () => {
  expect(PACKAGES.map((row) => row.folder).sort()).toEqual(packageFolders('packages'))
  expect(PACKAGES.map((row) => readManifest(`packages/${row.folder}`).name)).toEqual(PACKAGES.map((row) => row.name))
})

test('a row imports rows above it only', () => {
  const upward = PACKAGES.flatMap((row, index) => {
    const above = PACKAGES.slice(0, index).map(({ name }) => name)
    return row.ours.filter((name) => !above.includes(name)).map((name) => `${row.name} -> ${name}`)
  })
  expect(upward).toEqual([])
})

test('every form of import is seen', () => {
  const text = `import a from 'a'; import type { B } from 'b'; export * from 'c'; export type { D } from 'd'
    type E = import('e').E; const f = await import('f'); const g = await import(f); require('h'); import i = require('i')`
  expect(parseSource('sample.ts', text).imports.toSorted()).toEqual([
    '(computed)',
    '(require)',
    'a',
    'b',
    'c',
    'd',
    'e',
    'f',
    'i',
  ])
})

describe.each(PACKAGES)('$name', (row) => {
  const sources = sourcesOf(row)
  const manifest = readManifest(`packages/${row.folder}`)
  const { served = [] } = row
  const declared = Object.keys({ ...(manifest.dependencies as object), ...(manifest.peerDependencies as object) })

  test('imports what its row allows, and its own files by path', () => {
    const foreign = sources.flatMap((source) =>
      source.imports.filter((name) => !isAllowed(row, source, name)).map((name) => `${source.path}: ${name}`),
    )
    expect(foreign).toEqual([])
  })

  test('declares what it imports, and imports what it declares', () => {
    const imported = sources.flatMap((source) =>
      source.imports.filter((name) => !/^(?:\.|node:)/.test(name)).map(packageOf),
    )
    expect(declared.sort()).toEqual([...new Set(imported), ...served].sort())
    expect(declared).toEqual([...row.ours, ...row.theirs, ...served].sort())
  })

  test('has no cycle between its files', () => {
    expect(cycles(sources)).toEqual([])
  })
})

describe.each(PACKAGES.filter(({ bundled }) => bundled !== undefined))('$name in browsers', (row) => {
  const sources = browserSources(row)

  test('imports what its row bundles, and its own files by path', () => {
    const foreign = sources.flatMap((source) =>
      source.imports.filter((name) => !isBundled(row, source, name)).map((name) => `${source.path}: ${name}`),
    )
    expect(foreign).toEqual([])
  })

  test('has no cycle between its files', () => {
    expect(cycles(sources)).toEqual([])
  })
})

describe.each(packageFolders('examples'))('examples/%s', (folder) => {
  test('imports packages by name, and its own files by path', () => {
    const foreign = readSources(join(ROOT, 'examples', folder)).flatMap((source) =>
      source.imports.filter((name) => !isOrdinary(source, name)).map((name) => `${source.path}: ${name}`),
    )
    expect(foreign).toEqual([])
  })
})

function isAllowed(row: PackageRow, source: Source, name: string): boolean {
  if (name.startsWith('node:')) return row.node
  if (name.startsWith('.')) return sibling(source, name).startsWith(`${row.folder}/`) && name.endsWith('.ts')
  return row.ours.includes(packageOf(name)) || row.theirs.includes(name)
}

function isBundled({ folder, bundled = [] }: PackageRow, source: Source, name: string): boolean {
  if (!name.startsWith('.')) return bundled.includes(name)
  // Names and types that the server has as well.
  if (sibling(source, name) === `${folder}/src/page-config.ts`) return true
  return sibling(source, name).startsWith(`${folder}/web/`) && /\.(?:tsx?|css(?:\?inline)?)$/.test(name)
}

/** The inside of a package is private: examples use the entry points that users have. */
function isOrdinary(source: Source, name: string): boolean {
  if (name.startsWith('.')) return !sibling(source, name).startsWith('..')
  return name.startsWith('@patkit/') || name.startsWith('patkit') ? OURS.test(packageOf(name)) : !name.startsWith('(')
}

function sibling(source: Source, name: string): string {
  return posix.join(posix.dirname(source.path), name)
}

/** Type imports count: files that cannot be read one after the other are one file. */
function cycles(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map((source) => [
      source.path,
      source.imports.filter((name) => name.startsWith('.')).map((name) => sibling(source, name)),
    ]),
  )
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' -> ')]
    if (done.has(path)) return []
    const found = (edges.get(path) ?? []).flatMap((next) => visit(next, [...trail, path]))
    done.add(path)
    return found
  }
  return [...edges.keys()].flatMap((path) => visit(path, []))
}
