import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VECTORS_BY_TOPIC } from './vector.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/reference/rules.md'), 'utf8')
const threats = [...text.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => `threat ${number}`)
const behaviours = [...text.matchAll(/^- \*\*(\w+)\*\*:/gm)].map(([, name]) => `docs/reference/rules.md, ${name}`)
const named = new Set([...VECTORS_BY_TOPIC.values()].flat().map(({ rule }) => rule))

test('every threat that is documented is named by a vector', () => {
  expect(threats.length).toBeGreaterThan(15)
  expect(threats.filter((threat) => !named.has(threat))).toEqual([])
})

test('every rule that a vector names is documented, or of an RFC', () => {
  const known = [...threats, ...behaviours]
  expect([...named].filter((rule) => !/^RFC \d+ §/.test(rule) && !known.includes(rule))).toEqual([])
})
