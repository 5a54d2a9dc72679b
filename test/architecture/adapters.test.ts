import type { Span } from 'oxc-parser'
import { describe, expect, test } from 'vitest'
import { sourcesOf } from './package-sources.ts'
import { PACKAGES } from './packages.ts'
import { codeLines, lineAt, parseSource, type Source, walk } from './source.ts'

const MOST_LINES = 40
/** The statuses that core answers with, and the header that only its challenge writes. */
const STATUSES = new Set([400, 401, 403, 429, 503])
const CHALLENGE_HEADER = /www-authenticate/i

describe.each(PACKAGES.filter((row) => row.adapter))('$name', (row) => {
  const sources = sourcesOf(row)

  test('reads, calls and writes in 40 lines of code', () => {
    expect(sources.map(adapterLines).reduce((sum, lines) => sum + lines, 0)).toBeLessThanOrEqual(MOST_LINES)
  })

  test('holds no policy', () => {
    expect(sources.flatMap(policyIn)).toEqual([])
  })
})

test('imports, types, members of the adapter, comments and blank lines are not counted', () => {
  const text = `import { a } from 'a'
// why
declare global {
  interface B {}
}
export type C = string

export interface D {}
export const patAuth: typeof adapter.patAuth = adapter.patAuth
const reader = {
  read: a, // one line
}
`
  expect(adapterLines(parseSource('a.ts', text))).toBe(3)
})

test('a status or the challenge header counts as policy, however it is written', () => {
  const text = `res.status(401); send(0x193); res.set('www-authenticate', x); res.set(\`WWW-Authenticate\`); next('503', 200)`
  expect(policyIn(parseSource('a.ts', text))).toHaveLength(5)
})

function adapterLines(source: Source): number {
  const types: Span[] = []
  const found = (node: Span) => types.push({ start: node.start, end: node.end })
  walk(source, {
    ImportDeclaration: found,
    TSInterfaceDeclaration: found,
    TSTypeAliasDeclaration: found,
    TSModuleDeclaration: found,
    ExportNamedDeclaration: (node) => (node.exportKind === 'type' || isMemberOfAdapter(source, node)) && found(node),
  })
  return codeLines(source, { start: 0, end: source.text.length }, types)
}

function isMemberOfAdapter(source: Source, { start, end }: Span): boolean {
  return /^export const (\w+): typeof adapter\.\1 = adapter\.\1$/.test(source.text.slice(start, end))
}

function policyIn(source: Source): string[] {
  const policy: string[] = []
  const judge = (node: Span, value: unknown) => {
    const isHeader = typeof value === 'string' && CHALLENGE_HEADER.test(value)
    if (STATUSES.has(Number(value)) || isHeader) policy.push(`${source.path}:${lineAt(source, node.start)} ${value}`)
  }
  walk(source, {
    Literal: (node) => judge(node, node.value),
    TemplateElement: (node) => judge(node, node.value.cooked),
  })
  return policy
}
