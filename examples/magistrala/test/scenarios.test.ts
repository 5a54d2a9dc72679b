import { play } from '@patkit/example-recording'
import { test } from 'vitest'
import { openHarness } from './harness.ts'
import { ANSWERS, SCENARIOS } from './scenarios.ts'

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) =>
  play(scenario, await openHarness(), ANSWERS),
)
