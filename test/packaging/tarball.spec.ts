import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { PACKAGES } from '../architecture/packages.ts'
import { ROOT } from '../architecture/repository.ts'
import { runOrThrow, runProgram } from './run-program.ts'

const tarballs = inject('tarballs')

describe.each(PACKAGES)('$name', ({ folder, name, entryPoints = [], assets = [] }) => {
  const tarball = tarballs[name] as string
  const unpacked = mkdtempSync(join(tmpdir(), 'patkit-unpacked-'))
  const root = join(unpacked, 'package')

  beforeAll(() => runOrThrow('tar', ['-xzf', tarball, '-C', unpacked], unpacked))
  afterAll(() => rmSync(unpacked, { recursive: true, force: true }))

  test('holds the build of each source file, its manifest, README and licence, and nothing else', () => {
    const sources = filesUnder(join(ROOT, 'packages', folder, 'src')).filter((file) => file.endsWith('.ts'))
    const built = sources.flatMap((file) => {
      const module = `dist/${file.replace(/\.ts$/, '')}`
      return [`${module}.js`, `${module}.d.ts`]
    })
    built.push(...assets.map((asset) => `dist/assets/${asset}`))
    expect(filesUnder(root)).toEqual([...built, 'LICENSE', 'README.md', 'package.json'].sort())
  })

  test('refers to no file that is not there', () => {
    const referring = filesUnder(root).filter((file) => /sourceMappingURL/.test(readFileSync(join(root, file), 'utf8')))
    expect(referring).toEqual([])
  })

  test('carries the licence of the repository', () => {
    expect(readFileSync(join(root, 'LICENSE'), 'utf8')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'))
  })

  test('has a manifest for the registry: built entry point, no workspace ranges', () => {
    const text = readFileSync(join(root, 'package.json'), 'utf8')
    const files = ['index', ...entryPoints].map((entryPoint) => [
      entryPoint === 'index' ? '.' : `./${entryPoint}`,
      `./dist/${entryPoint}`,
    ])
    const exports = files.map(([path, file]) => [path, { types: `${file}.d.ts`, default: `${file}.js` }])
    expect(JSON.parse(text)).toMatchObject({ name, exports: Object.fromEntries(exports) })
    expect(text).not.toContain('workspace:')
  })

  test('has nothing that publint would change', async () => {
    const { messages, pkg } = await publint({ pkgDir: root, level: 'suggestion', strict: true, pack: false })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  test('has types that resolve wherever ES modules do', async () => {
    const attw = join(ROOT, 'node_modules/.bin/attw')
    const run = await runProgram(attw, [tarball, '--profile', 'esm-only', '--format', 'ascii'], unpacked)
    expect(run.exitCode, run.output).toBe(0)
  })
})

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}
