import { play } from '@patkit/example-recording'
import { test } from 'vitest'
import { ANSWERS, SCENARIOS } from './scenarios.ts'
import { openStage } from './stage.ts'

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) =>
  play(scenario, await openStage(), ANSWERS),
)
