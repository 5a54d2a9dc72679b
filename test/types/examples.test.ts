import { rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { PACKAGE_SOURCES } from '../architecture/package-sources.ts'
import { compile, scratchFolder } from './compile.ts'

const SCRATCH = scratchFolder('examples')
/** Entry points whose functions and classes all have an example. */
const ENTRY_POINTS = ['core/index.ts', 'core/testing.ts', 'jwt/index.ts', 'api/index.ts', 'cli/index.ts']
const DOCSTRING = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\//g
/** Up to the next tag, with or without a fence. */
const EXAMPLE = /^@example\n([\s\S]*?)(?=^@|(?![\s\S]))/gm
const FENCE = /^```(?:ts)?\n?/gm

interface Example {
  readonly file: string
  readonly code: string
}

const examples = PACKAGE_SOURCES.flatMap(({ path, text }) =>
  [...text.matchAll(DOCSTRING)].flatMap(([, comment = '']) => examplesIn(comment, path)),
)

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }))

test('every example in a docstring compiles on its own', () => {
  const files = examples.map(({ file, code }, index) => [`${file.replaceAll(/\W+/g, '-')}-${index}.ts`, code])
  expect(compile(SCRATCH, Object.fromEntries(files))).toBe('')
})

test.each(ENTRY_POINTS)('every function and class of %s has an example', (entryPoint) => {
  const [folder = ''] = entryPoint.split('/')
  const texts = PACKAGE_SOURCES.filter(({ path }) => path.startsWith(`${folder}/`)).map(({ text }) => text)
  const exported = PACKAGE_SOURCES.find(({ path }) => path === entryPoint)?.exports ?? []
  expect(exported.filter((name) => texts.some((text) => isWithoutExample(text, name)))).toEqual([])
})

test('an example is the code behind its tag, and a missing one is found', () => {
  const text =
    '/**\n * Adds.\n *\n * @example\n * ```ts\n * add(1, 2)\n * ```\n */\nexport function add() {}\nexport function sub() {}'
  expect([...text.matchAll(DOCSTRING)].flatMap(([, comment = '']) => examplesIn(comment, 'a.ts'))).toEqual([
    { file: 'a.ts', code: 'add(1, 2)\n' },
  ])
  expect(['add', 'sub', 'mul'].filter((name) => isWithoutExample(text, name))).toEqual(['sub'])
})

function examplesIn(comment: string, file: string): Example[] {
  const text = comment.replaceAll(/^[ \t]*\* ?/gm, '')
  return [...text.matchAll(EXAMPLE)].map(([, code = '']) => ({ file, code: `${code.replaceAll(FENCE, '').trim()}\n` }))
}

/** Whether a file declares an exported function or class of this name without an example above it. */
function isWithoutExample(text: string, name: string): boolean {
  const declared = text.search(new RegExp(`^export (?:async )?(?:function|class) ${name}\\b`, 'm'))
  if (declared === -1) return false
  const above = text.slice(0, declared).trimEnd()
  return !above.endsWith('*/') || !above.slice(above.lastIndexOf('/**')).includes('@example\n')
}
