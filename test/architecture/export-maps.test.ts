import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOUSE } from './house.ts'
import { ROOT, readManifest } from './repository.ts'

/** Fields that would be a second way in, or that only other module systems read. */
const SECOND_ENTRIES = ['bin', 'main', 'module', 'browser', 'types', 'typings', 'typesVersions']

describe.each(HOUSE)('$name', ({ folder }) => {
  const manifest = readManifest(`packages/${folder}`)

  test('has one entry point: the source here, the build where it is published', () => {
    expect(manifest.exports).toEqual({ '.': './src/index.ts' })
    // A program cannot be run from its source: where it is published it has a build.
    const { bin, ...published } = manifest.publishConfig as { bin?: string }
    expect(bin).toBe(folder === 'cli' ? './dist/main.js' : undefined)
    expect(published).toEqual({
      access: 'public',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    })
    expect(Object.keys(manifest).filter((key) => SECOND_ENTRIES.includes(key))).toEqual([])
  })

  /** Conditions are tried in order, and `default` matches always. */
  test('names its types first', () => {
    const { exports } = manifest.publishConfig as { exports: Record<string, object> }
    expect(Object.keys(exports['.'] ?? {})).toEqual(['types', 'default'])
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
