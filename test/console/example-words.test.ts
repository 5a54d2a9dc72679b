import type { TokenService } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { eunifyerConsole } from '../../examples/eunifyer/src/console.ts'
import { magistralaConsole } from '../../examples/magistrala/src/console.ts'
import { english } from '../../packages/console/web/text/english.ts'

const TOKENS = {} as TokenService

test.each([
  ['eunifyer', eunifyerConsole(TOKENS)],
  ['magistrala', magistralaConsole(TOKENS, new Map())],
])('every text of %s replaces one of the console', (_, { look }) => {
  const keys = Object.keys(look?.catalogue ?? {})
  expect(keys.length).toBeGreaterThan(10)
  expect(keys.filter((key) => !Object.hasOwn(english, key))).toEqual([])
})
