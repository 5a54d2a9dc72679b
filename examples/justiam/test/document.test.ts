import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Passage, testDocument } from '@patkit/example-recording'
import { expect, test } from 'vitest'
import { SCENARIOS } from './scenarios.ts'

/** The page this program was written from. */
const PAGE = join(import.meta.dirname, 'document.txt')
const HERE = import.meta.dirname
const END_TO_END = join(HERE, '../../../test/e2e/justiam.test.ts')

const passages: readonly Passage[] = JSON.parse(readFileSync(join(HERE, 'document.json'), 'utf8'))
const scenarios = SCENARIOS.map(({ name }) => name)
const sources = [...readdirSync(HERE).map((file) => join(HERE, file)), END_TO_END].filter((file) =>
  file.endsWith('.test.ts'),
)
const titles = new Set([...scenarios, ...sources.flatMap(titlesIn)])

testDocument(passages, PAGE, titles)

test('every scenario shows something that the document says', () => {
  const named = new Set(passages.flatMap(({ shown = [] }) => shown))
  expect(scenarios.filter((title) => !named.has(title))).toEqual([])
})

function titlesIn(file: string): string[] {
  const calls = readFileSync(file, 'utf8').matchAll(/^ *(?:test|\]\)|test\.each\(.*\))\((['"])(.*?)\1,/gm)
  return [...calls].map(([, , title = '']) => title)
}
