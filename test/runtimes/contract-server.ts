import { Hono } from 'hono'
import type { App } from '../contract/app.ts'
import { core } from '../contract/core.ts'
import { addRoutes, hearErrors } from '../contract/hono-app.ts'
import { leaks } from '../contract/leaks.ts'
import { createScenario, type Scenario } from '../contract/scenario.ts'
import type { Vector } from '../contract/vector.ts'
import type { Report } from './report.ts'

/** One vector on trial: its API, and how many of its requests have come. */
interface Trial {
  readonly vector: Vector
  readonly scenario: Scenario
  readonly server: Hono
  arrived: number
}

export type Fetch = (request: Request, env?: object) => Response | Promise<Response>

/**
 * Answers all vectors, one after another, so that a runtime is started once: `/_next` takes a vector, whose requests
 * follow, and reports what happened inside during the one before it.
 *
 * @param peer the address of the client as the runtime gives it, for vectors that have no hook
 */
export function createContractServer(peer: (c: never) => string | null): Fetch {
  let trial: Trial | null = null
  return async (request, env) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/_next') {
      const report = trial === null ? null : reportOf(trial)
      const vector = (await request.json()) as Vector | null
      trial = vector === null ? null : openTrial(vector, peer)
      return Response.json(report)
    }
    if (trial === null) throw new Error('no vector to answer')
    const next = trial.vector.requests[trial.arrived++]
    if (next !== undefined) trial.scenario.prepare(next)
    return trial.server.fetch(request, env)
  }
}

function openTrial(vector: Vector, peer: (c: never) => string | null): Trial {
  const scenario = createScenario(vector, core)
  const app: App = { ...scenario.app, peer: scenario.app.peer ?? peer }
  const server = new Hono()
  hearErrors(server, app)
  addRoutes(server, app)
  return { vector, scenario, server, arrived: 0 }
}

function reportOf({ scenario, arrived }: Trial): Report {
  const { heard } = scenario.app
  const { handlerCalls, resolverCalls, audit } = heard
  return {
    arrived,
    ...{ handlerCalls, resolverCalls, audit },
    ...{ faults: heard.faults.map(codeOf), thrown: heard.thrown.map(codeOf) },
    leaks: leaks({ answers: [], heard, scenario }),
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
