import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the reference has every code of a token service', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const codes = [...read('../src/token-error.ts').matchAll(/\| '(ERR_PAT_\w+)'/g)].map(([, code]) => code)
  const [, section = ''] = read('../../../docs/reference/errors.md').split(/^## Token service$/m)
  const [table = ''] = section.split(/^## /m)
  const rows = [...table.matchAll(/^\| `(ERR_PAT_\w+)` +\|/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(0)
  expect(rows).toEqual(codes)
})
