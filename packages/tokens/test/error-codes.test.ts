import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the README has every code of a refusal', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const codes = [...read('../src/token-error.ts').matchAll(/\| '(ERR_PAT_\w+)'/g)].map(([, code]) => code)
  const rows = [...read('../README.md').matchAll(/^\| `(ERR_PAT_\w+)` +\|/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(0)
  expect(rows).toEqual(codes)
})
