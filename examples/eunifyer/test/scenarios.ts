import { join } from 'node:path'
import { recordedAnswers, type Scenario, scenariosIn } from '@patkit/example-recording'

export const SCENARIOS: readonly Scenario[] = scenariosIn(join(import.meta.dirname, 'scenarios'))
export const ANSWERS: ReturnType<typeof recordedAnswers> = recordedAnswers(join(import.meta.dirname, 'answers.json'))
