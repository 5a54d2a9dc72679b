import { test } from 'vitest'
import { play, SCENARIOS } from './scenario.ts'

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => play(scenario))
