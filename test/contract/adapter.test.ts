import { describe, expect, test } from 'vitest'
import { core } from './core.ts'
import { FRAMEWORKS } from './frameworks.ts'
import { leaks } from './leaks.ts'
import { expectedOutcome, observe, outcomeOf, visibleAnswers } from './observation.ts'
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
