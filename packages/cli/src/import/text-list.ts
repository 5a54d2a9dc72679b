/** The entries of a cell, or what is wrong with it. */
export type TextList = readonly string[] | { readonly problem: string }

const FORMS = 'a JSON array, an array of PostgreSQL, or entries with spaces or commas between them'

/**
 * The texts in a cell, as databases and their tools write lists: a JSON array, an array literal of PostgreSQL
 * (`{a,"b c"}`), or entries with spaces or commas between them.
 */
export function textList(cell: string): TextList {
  const text = cell.trim()
  if (text.startsWith('[')) return jsonArray(text)
  if (text.startsWith('{')) return postgresArray(text)
  return text.includes(',') ? commaSeparated(text) : text.split(' ').filter(Boolean)
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function jsonArray(text: string): TextList {
  try {
    const value: unknown = JSON.parse(text)
    return isTexts(value) ? value : { problem: 'must be an array of texts' }
  } catch {
    return { problem: `is no JSON array: texts need quotes. A list is ${FORMS}` }
  }
}

function commaSeparated(text: string): TextList {
  const entries = text.split(',').map((entry) => entry.trim())
  const isClear = entries.every((entry) => entry !== '' && !entry.includes(' '))
  return isClear ? entries : { problem: `mixes commas and spaces, or has an empty entry. A list is ${FORMS}` }
}

/** One element and what ends it, white space around it aside (PostgreSQL, "Array Input and Output Syntax"). */
const ELEMENT = /\s*(?:"((?:[^"\\]|\\.)*)"\s*|((?:[^\s",\\{}]|\\.)(?:[^",\\{}]|\\.)*))([,}])/suy

function postgresArray(text: string): TextList {
  if (/^\{\s*\}$/.test(text)) return []
  const entries: string[] = []
  ELEMENT.lastIndex = 1
  for (;;) {
    const at = ELEMENT.lastIndex
    const found = ELEMENT.exec(text)
    if (found === null) return { problem: arrayProblem(text.slice(at)) }
    const [, quoted, bare = '', end] = found
    if (quoted === undefined && bare.trimEnd().toUpperCase() === 'NULL') return { problem: 'has a NULL in its array' }
    entries.push((quoted ?? bare.trimEnd()).replace(/\\(.)/gsu, '$1'))
    if (end === '}') {
      return ELEMENT.lastIndex === text.length ? entries : { problem: `has text behind its array. A list is ${FORMS}` }
    }
  }
}

function arrayProblem(rest: string): string {
  if (/^\s*\{/.test(rest)) return 'has an array in its array'
  return `begins like an array of PostgreSQL and is not a valid one. A list is ${FORMS}`
}
