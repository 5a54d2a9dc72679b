import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SCENARIOS } from './scenarios.ts'

/** A part of Magistrala's page on personal access tokens, in its order and its words. */
interface Passage {
  readonly says: string
  /** The tests that show it, by their titles, */
  readonly shown?: readonly string[]
  /** or why nothing can. */
  readonly aside?: string
}

/** SHA-256 of the page this program was written from, without its white space. */
const PAGE = 'b3ddf2606abb5ae22981bd4757a9561371283676f4f0257038ce61d956bfa7d2'
const END_TO_END = join(import.meta.dirname, '../../../test/e2e/magistrala.test.ts')
const DOCUMENT: readonly Passage[] = JSON.parse(readFileSync(join(import.meta.dirname, 'document.json'), 'utf8'))

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'))
const written = [...files.map((file) => join(import.meta.dirname, file)), END_TO_END].flatMap((file) =>
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
