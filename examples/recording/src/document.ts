import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** A part of the document that a system was written from, in its order and its words. */
export interface Passage {
  readonly says: string
  /** The tests that show it, by their titles, */
  readonly shown?: readonly string[]
  /** or why nothing can. */
  readonly aside?: string
}

/** The titles of the tests in a file. */
export function titlesIn(file: string): string[] {
  const calls = readFileSync(file, 'utf8').matchAll(/^ *test[^'"\n]*(['"])(.*?)\1,/gm)
  return [...calls].map(([, , title = '']) => title)
}

/**
 * The tests that a list of passages is the whole document, and that each is shown. White space does not count.
 *
 * @param page the file of the document
 * @param titles of all tests
 */
export function testDocument(passages: readonly Passage[], page: string, titles: ReadonlySet<string>): void {
  test('every word of the document is in the list, in its order', () => {
    let rest = withoutSpace(readFileSync(page, 'utf8'))
    for (const passage of passages) {
      const words = withoutSpace(passage.says)
      expect(rest.slice(0, words.length)).toBe(words)
      rest = rest.slice(words.length)
    }
    expect(rest).toBe('')
  })

  test('every passage is shown by a test, or says why nothing shows it', () => {
    const unsettled = passages.filter(({ shown = [], aside = '' }) => shown.length > 0 === aside.length > 0)
    expect(unsettled).toEqual([])
  })

  test('every test that the list names is there', () => {
    const named = passages.flatMap(({ shown = [] }) => shown)
    expect([...new Set(named)].filter((title) => !titles.has(title))).toEqual([])
  })
}

function withoutSpace(text: string): string {
  return text.replace(/\s/g, '')
}
