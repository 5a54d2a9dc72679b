import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPLACING } from '../../vitest.config.ts'
import { PACKAGE_SOURCES } from './package-sources.ts'
import { packageFolders, ROOT, sourcesIn } from './repository.ts'
import { parseSource, type Source, walk } from './source.ts'

/** Where a global is used that a library leaves alone otherwise, with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'core/options.ts console': 'the default onError: a fault without a listener must not be lost',
}

test('nothing prints, except the default onError', () => {
  expect(PACKAGE_SOURCES.flatMap((source) => uses(source, 'console'))).toEqual(Object.keys(EXCEPTIONS))
})

/** Building must start no timer, and random values are secrets or ids. */
test.each(['setInterval', 'Math.random'])('nothing uses %s', (name) => {
  expect(PACKAGE_SOURCES.flatMap((source) => uses(source, name))).toEqual([])
})

test('nothing is a default export', () => {
  expect(PACKAGE_SOURCES.filter((source) => source.hasDefaultExport).map(({ path }) => path)).toEqual([])
})

/** Timers of earlier tests in the same process would count, and stand still. */
test('tests that replace modules or timers do not share their process', () => {
  const ofPackages = ['packages', 'examples'].flatMap((parent) =>
    packageFolders(parent).map((name) => `${parent}/${name}/test`),
  )
  const folders = [...ofPackages, ...['api', 'architecture', 'prose', 'stores'].map((name) => `test/${name}`)]
  const tests = folders.filter((folder) => existsSync(join(ROOT, folder))).flatMap(sourcesIn)
  const replacing = tests.filter((path) => /vi\.(?:mock|useFakeTimers)\(/.test(readFileSync(join(ROOT, path), 'utf8')))
  expect(replacing).toEqual(REPLACING)
})

test('a use is seen however it is reached', () => {
  const text = `console.log(1); const log = console; globalThis.console.warn(2); globalThis['console'].info(3)
    setInterval(f, 1); globalThis.setInterval(f, 1)
    Math.random(); Math['random'](); const { random } = Math; Math.max(1); 'a console'; // console`
  const count = (name: string) => uses(parseSource('a.ts', text), name).length
  expect([count('console'), count('setInterval'), count('Math.random')]).toEqual([4, 2, 3])
  expect(parseSource('a.ts', 'const a = 1; export { a as default }').hasDefaultExport).toBe(true)
  expect(parseSource('a.ts', 'export default 1').hasDefaultExport).toBe(true)
})

/** One entry a use. A global's name is taken by nothing else here; a member's name may be. */
function uses(source: Source, name: string): string[] {
  const [global, member] = name.split('.')
  const found: string[] = []
  const judge = (word: unknown) => word === (member ?? global) && found.push(`${source.path} ${name}`)
  const isGlobal = (node: { readonly type: string; readonly name?: unknown } | null) =>
    node?.type === 'Identifier' && node.name === global
  walk(source, {
    Identifier: (node) => member === undefined && judge(node.name),
    MemberExpression: ({ object, property }) => {
      if (member !== undefined && isGlobal(object) && property.type === 'Identifier') judge(property.name)
      if (property.type === 'Literal' && (member === undefined || isGlobal(object))) judge(property.value)
    },
    VariableDeclarator: ({ id, init }) => {
      if (member === undefined || id.type !== 'ObjectPattern' || !isGlobal(init)) return
      for (const part of id.properties)
        if (part.type === 'Property' && part.key.type === 'Identifier') judge(part.key.name)
    },
  })
  return found
}
