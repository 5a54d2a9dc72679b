import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Passage, testDocument, titlesIn } from '@patkit/example-recording'
import { expect, test } from 'vitest'
import { SCENARIOS } from './scenarios.ts'

/** SHA-256 of the page this program was written from, without its white space. */
const PAGE = 'b3ddf2606abb5ae22981bd4757a9561371283676f4f0257038ce61d956bfa7d2'
const END_TO_END = join(import.meta.dirname, '../../../test/e2e/magistrala.test.ts')
const DOCUMENT: readonly Passage[] = JSON.parse(readFileSync(join(import.meta.dirname, 'document.json'), 'utf8'))

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
const written = [...files.map((file) => join(import.meta.dirname, file)), END_TO_END].flatMap(titlesIn)

testDocument(DOCUMENT, PAGE, new Set([...SCENARIOS.map(({ name }) => name), ...written]))

test('scenarios have names of their own', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})
