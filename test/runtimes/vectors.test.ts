import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { core } from '../contract/core.ts'
import { leaks } from '../contract/leaks.ts'
import { expectedOutcome, type Observation, outcomeOf } from '../contract/observation.ts'
import { type RawAnswer, type RawRequest, sendRaw } from '../contract/raw-request.ts'
import { createScenario } from '../contract/scenario.ts'
import { VECTORS_BY_TOPIC, type Vector } from '../contract/vector.ts'
import type { RuntimeName } from '../servers/runtime-binary.ts'
import { DEVIATIONS } from './deviations.ts'
import { heardOf, type Report } from './report.ts'
import { RUNTIMES, type Runtime } from './runtime.ts'

/** The result of a vector in a runtime. */
interface Result {
  readonly observation: Observation
  /** Where a secret shows. */
  readonly leaked: readonly string[]
}

const PROGRAMS = {
  Bun: 'contract-bun.ts',
  Deno: 'contract-deno.ts',
  workerd: 'contract-workers.ts',
} as const satisfies Record<RuntimeName, string>
const VECTORS = [...VECTORS_BY_TOPIC.values()].flat()

const results = new Map<string, Result>()
beforeAll(async () => {
  const installed = RUNTIMES.filter(({ missing }) => !missing)
  await Promise.all(installed.map(answerAll))
})

describe.each(RUNTIMES)('$name', ({ name, missing }) => {
  const deviations = new Map(DEVIATIONS[name].flatMap(({ statuses }) => Object.entries(statuses)))

  test.skipIf(missing).each(VECTORS.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const { observation, leaked } = results.get(`${name}: ${vector.name}`) as Result
    expect(leaked, 'what shows a token or a digest').toEqual([])
    const outcome = outcomeOf(vector, observation)
    const statuses = deviations.get(vector.name)
    if (statuses === undefined) return expect(outcome).toEqual(expectedOutcome(vector))
    expect(observation.answers.map(({ status }) => status)).toEqual(statuses)
    expect(outcome, 'the deviation is not needed').not.toEqual(expectedOutcome(vector))
  })

  test('every deviation is of a vector', () => {
    const names = VECTORS.map((vector) => vector.name)
    expect([...deviations.keys()].filter((deviating) => !names.includes(deviating))).toEqual([])
  })
})

async function answerAll({ name, start }: Runtime): Promise<void> {
  const code = readFileSync(join(import.meta.dirname, PROGRAMS[name]), 'utf8')
  await using program = await start({ code })
  await next(program.port, VECTORS[0] ?? null)
  for (const [index, vector] of VECTORS.entries()) {
    const scenario = createScenario(vector, core)
    const answers: RawAnswer[] = []
    for (const request of vector.requests) answers.push(await sendRaw(program.port, atEdge(scenario.prepare(request))))
    const report = await next(program.port, VECTORS[index + 1] ?? null)
    const observation = { answers, heard: heardOf(report), scenario }
    results.set(`${name}: ${vector.name}`, { observation, leaked: [...report.leaks, ...leaks(observation)] })
  }
}

/** What Cloudflare's network does to a request before a Worker sees it; the other runtimes do not look at it. */
function atEdge(request: RawRequest): RawRequest {
  const lines = request.lines.filter((line) => !/^cf-connecting-ip:/i.test(line))
  return { ...request, lines: [...lines, 'CF-Connecting-IP: 127.0.0.1'] }
}

/**
 * Gives a program its next vector, and reads the result of the last one. On a connection of its own, too: one that is
 * kept alive waits 40 ms for acknowledgements.
 */
async function next(port: number, vector: Vector | null): Promise<Report> {
  const body = JSON.stringify(vector).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return JSON.parse((await sendRaw(port, { method: 'POST', path: '/_next', lines: [], body })).body)
}
