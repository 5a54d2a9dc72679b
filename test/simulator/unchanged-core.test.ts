import { expect, test } from 'vitest'
import { core } from '../contract/core.ts'
import { narrate } from './narrate.ts'
import { simulate } from './simulate.ts'

/** A short form: `pnpm trial simulate` walks them all. */
const SEEDS = 5_000

/** What walks must come by often enough to show anything. */
const COMMON = [
  'answer: allowed, from memory',
  'answer: allowed, waited for',
  'answer: expired, from memory',
  'answer: principal_disabled, from memory',
  'answer: revoked, from memory',
  'answer: superseded, from memory',
  'answer: unknown_token, from memory',
  'answer: unavailable, waited for',
  'fault: ERR_PAT_AUDIT_FAILED',
  'fault: ERR_PAT_CHANNEL_FAILED',
  'fault: ERR_PAT_RECORD_STALE',
  'fault: ERR_PAT_RESOLVER_FAILED',
  'fault: ERR_PAT_RESOLVER_TIMEOUT',
  'fault: ERR_PAT_TOO_MANY_LOOKUPS',
  'housekeeping: adopted',
  'housekeeping: reuse',
  'housekeeping: touch',
  'situation: asked again, as the first answer was out of date',
  'situation: asked while memory could not be trusted',
  'situation: joined a lookup that was under way',
  'situation: still allowed, though revoked: not announced',
  'situation: still allowed, though revoked: the message is under way or lost',
  'situation: still revoked, though allowed',
  'situation: the resolver answered after it was given up',
  'step: fail to write',
  'step: write',
]

test(`${SEEDS} walks keep the promise, and come by everything that could break it`, async () => {
  const { violations, counts } = await simulate(core, 'one', 0, SEEDS)
  expect(violations).toEqual([])
  expect(COMMON.filter((what) => (counts.get(what) ?? 0) < 50)).toEqual([])
})

test('a seed is walked the same way every time', async () => {
  for (const seed of [0, 1, 4711, 99_999])
    expect(await narrate(core, 'one', seed)).toBe(await narrate(core, 'one', seed))
  expect(await narrate(core, 'one', 1)).not.toBe(await narrate(core, 'one', 2))
})
