import { play } from '@patkit/example-recording'
import { test } from 'vitest'
import { createHarness } from './harness.ts'
import { recordingHarness, SCENARIOS } from './scenarios.ts'

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) =>
  play(scenario, recordingHarness(await createHarness()), {}),
)
