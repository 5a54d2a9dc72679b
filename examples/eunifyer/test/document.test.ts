import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { testDocument, titlesIn } from '@patkit/example-recording'
import { expect, test } from 'vitest'
import { DOCUMENT } from './document.ts'
import { SCENARIOS } from './scenarios.ts'

/** SHA-256 of the page this program was written from, without its white space. */
const PAGE = '2257bc902f97c772dbc7e1271a6962ca5ae6495b2206fbf01b284e73e9499150'
const END_TO_END = join(import.meta.dirname, '../../../test/e2e/eunifyer.test.ts')

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
const written = [...files.map((file) => join(import.meta.dirname, file)), END_TO_END].flatMap(titlesIn)

testDocument(DOCUMENT, PAGE, new Set([...SCENARIOS.map(({ name }) => name), ...written]))

test('scenarios have names of their own', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})
