import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Passage, testDocument, titlesIn } from '@patkit/example-recording'
import { expect, test } from 'vitest'
import { SCENARIOS } from './scenarios.ts'

/** The page this program was written from. */
const PAGE = join(import.meta.dirname, 'document.txt')
const END_TO_END = join(import.meta.dirname, '../../../test/e2e/magistrala.test.ts')
const DOCUMENT: readonly Passage[] = JSON.parse(readFileSync(join(import.meta.dirname, 'document.json'), 'utf8'))

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
const written = [...files.map((file) => join(import.meta.dirname, file)), END_TO_END].flatMap(titlesIn)

testDocument(DOCUMENT, PAGE, new Set([...SCENARIOS.map(({ name }) => name), ...written]))

test('scenarios have names of their own', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})
