import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Passage, testDocument } from '@patkit/example-recording'
import { expect, test } from 'vitest'

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

testDocument(passages, PAGE, titles)

test('every conversation shows something that the document says', () => {
  const named = new Set(passages.flatMap(({ shown = [] }) => shown))
  expect(conversations.filter((title) => !named.has(title))).toEqual([])
})

function titlesIn(file: string): string[] {
  const calls = readFileSync(file, 'utf8').matchAll(/^ *(?:test|\]\)|test\.each\(.*\))\((['"])(.*?)\1,/gm)
  return [...calls].map(([, , title = '']) => title)
}
