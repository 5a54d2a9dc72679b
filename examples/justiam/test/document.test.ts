import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** A sentence or a piece of code of the document, in its order and its words. */
interface Passage {
  readonly says: string
  /** The tests that show it, by their titles, */
  readonly shown?: readonly string[]
  /** or why nothing can. */
  readonly aside?: string
}

/** SHA-256 of the document this program was written from, without its white space. */
const PAGE = 'e63a8373f78df38c970b986540d1338ea99fb3ad3348c1539859dd5a4d800c36'
const HERE = import.meta.dirname
const END_TO_END = join(HERE, '../../../test/e2e/justiam.test.ts')

const passages: readonly Passage[] = JSON.parse(readFileSync(join(HERE, 'document.json'), 'utf8'))
const conversations = Object.keys(JSON.parse(readFileSync(join(HERE, 'conversations.json'), 'utf8')))
const sources = [...readdirSync(HERE).map((file) => join(HERE, file)), END_TO_END].filter((file) =>
  file.endsWith('.test.ts'),
)
const titles = new Set([...conversations, ...sources.flatMap(titlesIn)])

test('every word of the document is in the list, in its order', () => {
  const words = passages.map(({ says }) => says.replace(/\s/g, '')).join('')
  expect(createHash('sha256').update(words).digest('hex')).toBe(PAGE)
})

test('every passage is shown by a test, or says why nothing shows it', () => {
  expect(passages.filter(({ shown = [], aside = '' }) => shown.length > 0 === aside.length > 0)).toEqual([])
})

test('every test that the list names is there', () => {
  const named = new Set(passages.flatMap(({ shown = [] }) => shown))
  expect([...named].filter((title) => !titles.has(title))).toEqual([])
})

test('every conversation shows something that the document says', () => {
  const named = new Set(passages.flatMap(({ shown = [] }) => shown))
  expect(conversations.filter((title) => !named.has(title))).toEqual([])
})

function titlesIn(file: string): string[] {
  const calls = readFileSync(file, 'utf8').matchAll(/^ *(?:test|\]\)|test\.each\(.*\))\((['"])(.*?)\1,/gm)
  return [...calls].map(([, , title = '']) => title)
}
