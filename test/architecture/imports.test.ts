import { join } from 'node:path'
import { posix } from 'node:path/posix'
import { describe, expect, test } from 'vitest'
import { HOUSE, packageOf, type Room } from './house.ts'
import { roomSources } from './house-sources.ts'
import { packageFolders, ROOT, readManifest } from './repository.ts'
import { parseSource, readSources, type Source } from './source.ts'

const OURS = /^(?:@patkit\/[^/]+|patkit)$/

test('every package has a row, and every row a package of that name', () => {
  expect(HOUSE.map((room) => room.folder).sort()).toEqual(packageFolders('packages'))
  expect(HOUSE.map((room) => readManifest(`packages/${room.folder}`).name)).toEqual(HOUSE.map((room) => room.name))
})

test('a row imports rows above it only', () => {
  const upward = HOUSE.flatMap((room, index) => {
    const above = HOUSE.slice(0, index).map(({ name }) => name)
    return room.ours.filter((name) => !above.includes(name)).map((name) => `${room.name} -> ${name}`)
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

describe.each(HOUSE)('$name', (room) => {
  const sources = roomSources(room)
  const manifest = readManifest(`packages/${room.folder}`)
  const { served = [] } = room
  const declared = Object.keys({ ...(manifest.dependencies as object), ...(manifest.peerDependencies as object) })

  test('imports what its row allows, and its own files by path', () => {
    const foreign = sources.flatMap((source) =>
      source.imports.filter((name) => !isAllowed(room, source, name)).map((name) => `${source.path}: ${name}`),
    )
    expect(foreign).toEqual([])
  })

  test('declares what it imports, and imports what it declares', () => {
    const imported = sources.flatMap((source) =>
      source.imports.filter((name) => !/^(?:\.|node:)/.test(name)).map(packageOf),
    )
    expect(declared.sort()).toEqual([...new Set(imported), ...served].sort())
    expect(declared).toEqual([...room.ours, ...room.theirs, ...served].sort())
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

function isAllowed(room: Room, source: Source, name: string): boolean {
  if (name.startsWith('node:')) return room.node
  if (name.startsWith('.')) return sibling(source, name).startsWith(`${room.folder}/`) && name.endsWith('.ts')
  return room.ours.includes(packageOf(name)) || room.theirs.includes(name)
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
