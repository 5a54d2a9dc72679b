import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOUSE } from './house.ts'
import { ROOT, readManifest } from './repository.ts'

/** Fields that would be a second way in, or that only other module systems read. */
const SECOND_ENTRIES = ['bin', 'main', 'module', 'browser', 'types', 'typings', 'typesVersions']

describe.each(HOUSE)('$name', ({ folder, doors = [] }) => {
  const manifest = readManifest(`packages/${folder}`)
  const files = [['.', 'index'], ...doors.map((door) => [`./${door}`, door])]

  test('has the entry points of its row: the source here, the build where it is published', () => {
    expect(manifest.exports).toEqual(Object.fromEntries(files.map(([path, file]) => [path, `./src/${file}.ts`])))
    // A program cannot be run from its source: where it is published it has a build.
    const { bin, ...published } = manifest.publishConfig as { bin?: string }
    expect(bin).toBe(folder === 'cli' ? './dist/main.js' : undefined)
    const builds = files.map(([path, file]) => [path, { types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` }])
    expect(published).toEqual({ access: 'public', exports: Object.fromEntries(builds) })
    expect(Object.keys(manifest).filter((key) => SECOND_ENTRIES.includes(key))).toEqual([])
  })

  /** Conditions are tried in order, and `default` matches always. */
  test('names its types first', () => {
    const { exports } = manifest.publishConfig as { exports: Record<string, object> }
    for (const conditions of Object.values(exports)) expect(Object.keys(conditions)).toEqual(['types', 'default'])
  })

  test('is an ES module without side effects, for the Node it was tested on', () => {
    const root = readManifest('.')
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false, license: 'MIT', files: ['dist'] })
    expect(manifest.engines).toEqual(root.engines)
    expect(manifest.private).toBeUndefined()
    expect(manifest.description).toMatch(/\w/)
  })

  test('is built by the workspace', () => {
    const solution = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
    expect(solution.references).toContainEqual({ path: `packages/${folder}` })
  })
})
