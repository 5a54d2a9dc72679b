import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DOCUMENT } from './document.ts'
import { SCENARIOS } from './scenarios.ts'

/** SHA-256 of the page this program was written from, without its white space, which was lost in places. */
const PAGE = '2257bc902f97c772dbc7e1271a6962ca5ae6495b2206fbf01b284e73e9499150'
const END_TO_END = join(import.meta.dirname, '../../../test/e2e/eunifyer.test.ts')

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
const sources = [...files.map((file) => join(import.meta.dirname, file)), END_TO_END]
const written = sources.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^ *test[^'"\n]*(['"])(.*?)\1,/gm)].map(([, , title]) => title),
)
const titles = new Set([...SCENARIOS.map(({ name }) => name), ...written])

test('every word of the document is in the list, in its order', () => {
  const words = DOCUMENT.map(({ says }) => says.replace(/\s/g, '')).join('')
  expect(createHash('sha256').update(words).digest('hex')).toBe(PAGE)
})

test('every passage is shown by a test, or says why nothing shows it', () => {
  const unsettled = DOCUMENT.filter(({ shown = [], aside = '' }) => shown.length > 0 === aside.length > 0)
  expect(unsettled).toEqual([])
})

test('every test that the list names is there', () => {
  const named = DOCUMENT.flatMap(({ shown = [] }) => shown)
  expect([...new Set(named)].filter((title) => !titles.has(title))).toEqual([])
})

test('scenarios have names of their own', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})
