import { inspect } from 'node:util'
import * as core from '@patkit/core'
import { describe, expect, test } from 'vitest'
import { FRAMEWORKS } from './frameworks.ts'
import { expectedOutcome, type Observation, observe, outcomeOf, visibleAnswers } from './observation.ts'
import { overSocket } from './over-socket.ts'
import { VECTORS_BY_TOPIC } from './vector.ts'

describe.each([...VECTORS_BY_TOPIC])('%s', (_topic, vectors) => {
  test.each(vectors.map((vector) => [vector.name, vector.rule, vector] as const))(
    '%s (%s)',
    async (_name, _rule, vector) => {
      const observations = await Promise.all(
        FRAMEWORKS.map((framework) => observe(vector, core, overSocket(framework))),
      )
      for (const [index, observation] of observations.entries()) {
        expect(outcomeOf(vector, observation), FRAMEWORKS[index]?.name).toEqual(expectedOutcome(vector))
        expect(leaks(observation), 'what shows a token or a digest').toEqual([])
      }
      const [first, ...others] = observations.map((observation) => visibleAnswers(vector, observation))
      for (const [index, other] of others.entries()) expect(other, FRAMEWORKS[index + 1]?.name).toEqual(first)
    },
  )
})

/** Where a secret shows, by name: a test that fails must not print it either. */
function leaks({ answers, heard, scenario }: Observation): string[] {
  const shown = { answers, events: heard.audit, faults: heard.faults }
  const secrets = Object.values(scenario.credential)
  return Object.entries(shown)
    .filter(([, value]) => secrets.some((secret) => fullText(value).includes(secret)))
    .map(([name]) => name)
}

function fullText(value: unknown): string {
  return inspect(value, {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  })
}
