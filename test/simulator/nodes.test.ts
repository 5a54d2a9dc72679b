import { expect, test } from 'vitest'
import { core } from '../contract/core.ts'
import { narrate } from './narrate.ts'
import { simulate } from './simulate.ts'

/** A short form: `pnpm trial nodes` walks 100 000. */
const SEEDS = 500

/** What walks must come by often enough to show anything. */
const COMMON = [
  'answer: allowed, from memory',
  'answer: revoked, from memory',
  'fault: ERR_PAT_CHANNEL_FAILED',
  'situation: asked while memory could not be trusted',
  'situation: still allowed, though revoked: the message is under way or lost',
  'step: break',
  'step: carry',
  'step: deliver',
  'step: duplicate',
  'step: gap',
  'step: lose',
  'step: set a clock',
]

test(`${SEEDS} walks of several nodes and their channels keep the promise`, async () => {
  const { violations, counts } = await simulate(core, 'many', 0, SEEDS)
  expect(violations).toEqual([])
  expect(COMMON.filter((what) => (counts.get(what) ?? 0) < 20)).toEqual([])
})

test('a seed is walked the same way every time', async () => {
  for (const seed of [0, 87]) expect(await narrate(core, 'many', seed)).toBe(await narrate(core, 'many', seed))
})
