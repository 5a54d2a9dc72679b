import { expect, test } from 'vitest'
import { type MeasuredFunction, measureFunctions } from './functions.ts'
import { PACKAGE_SOURCES } from './package-sources.ts'
import { parseSource } from './source.ts'

const MOST_LINES = 50
const MOST_LINES_P90 = 30
const MOST_WHOLE_LINES = 120

/** Functions that may be longer, each with its reason: `'core/verifier.ts createVerifier': 'why'`. */
const EXCEPTIONS: Readonly<Record<string, string>> = {}

const functions = PACKAGE_SOURCES.flatMap(measureFunctions)
const long = functions.filter(({ lines }) => lines > MOST_LINES)
const longWhole = functions.filter(({ wholeLines }) => wholeLines > MOST_WHOLE_LINES)

test('nine functions in ten have at most 30 lines, those of one line not counted', () => {
  const lengths = functions.map(({ lines }) => lines).filter((lines) => lines > 1)
  const ranked = lengths.sort((a, b) => a - b)
  expect(ranked[Math.ceil(ranked.length * 0.9) - 1]).toBeLessThanOrEqual(MOST_LINES_P90)
})

test('no function has more than 50 lines without a reason', () => {
  expect(long.filter(({ id }) => !Object.hasOwn(EXCEPTIONS, id)).map(description)).toEqual([])
})

test('no function has more than 120 lines with the functions inside it without a reason', () => {
  expect(longWhole.map(description)).toEqual([])
})

test('every exception is needed and says why', () => {
  expect(Object.keys(EXCEPTIONS).filter((id) => !long.some((measured) => measured.id === id))).toEqual([])
  expect(Object.values(EXCEPTIONS).filter((reason) => reason.trim() === '')).toEqual([])
})

test('a line belongs to the innermost function with code on it; comments and blank lines to none', () => {
  const text = `export function outer(list: string[]) {
  // why
  const inner = (item: string) => {
    return item

  }
  return list.map((item) => {
    /* why
       not */
    return inner(item)
  })
}
const table = { method() { return 1 } }`
  expect(measureFunctions(parseSource('a.ts', text)).map(({ id, lines }) => [id, lines])).toEqual([
    ['a.ts outer', 5],
    ['a.ts inner', 3],
    ['a.ts (7)', 3],
    ['a.ts method', 1],
  ])
})

function description({ id, line, lines, wholeLines }: MeasuredFunction): string {
  return `${id}, line ${line}: ${lines} lines, ${wholeLines} with those inside it`
}
