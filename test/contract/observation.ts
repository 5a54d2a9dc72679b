import type { App, Heard } from './app.ts'
import type { Core } from './core.ts'
import type { RawAnswer, RawRequest } from './raw-request.ts'
import { createScenario, type Scenario } from './scenario.ts'
import { type Answer, answerOf, type Vector } from './vector.ts'

/** An API that is up and takes requests, over a socket or in this process. */
export interface Harness {
  send(request: RawRequest): Promise<RawAnswer>
  close(): Promise<void>
}

/** Everything that came of a vector. */
export interface Observation {
  readonly answers: readonly RawAnswer[]
  readonly heard: Heard
  readonly scenario: Scenario
}

const PATKIT_HEADERS: ReadonlySet<string> = new Set([
  'www-authenticate',
  'content-type',
  'cache-control',
  'retry-after',
])
/** What HTTP servers and frameworks add on their own. */
const FRAMEWORK_HEADERS: ReadonlySet<string> = new Set([
  'date',
  'connection',
  'keep-alive',
  'x-powered-by',
  'content-length',
  'transfer-encoding',
])

export async function observe(vector: Vector, core: Core, open: (app: App) => Promise<Harness>): Promise<Observation> {
  const scenario = createScenario(vector, core)
  const harness = await open(scenario.app)
  const answers: RawAnswer[] = []
  try {
    for (const request of vector.requests) answers.push(await harness.send(scenario.prepare(request)))
  } finally {
    await harness.close()
  }
  return { answers, heard: scenario.app.heard, scenario }
}

/** What a vector says must come of it, in the form of `outcomeOf`. */
export function expectedOutcome(vector: Vector): unknown {
  const { faults = [], thrown = [], ...counts } = vector.expect
  return { answers: vector.requests.map((request) => expectedAnswer(answerOf(request))), ...counts, faults, thrown }
}

/** The result of a vector: of an audit event, the members that the vector names. */
export function outcomeOf(vector: Vector, { answers, heard }: Observation): unknown {
  return {
    answers: answers.map((answer, index) => seenAnswer(answer, answeredBy(vector, index))),
    handlerCalls: heard.handlerCalls,
    resolverCalls: heard.resolverCalls,
    audit: heard.audit.map((event, index) => project(event, vector.expect.audit[index] ?? event)),
    faults: heard.faults.map(codeOf),
    thrown: heard.thrown.map(codeOf),
  }
}

/** The parts of an answer that a client sees, without those of the framework. */
export function visibleAnswers(vector: Vector, { answers }: Observation): unknown {
  return answers.map(({ status, headers, body }, index) => {
    if (answeredBy(vector, index) !== undefined) return { status }
    const own = headers.filter(([name]) => !FRAMEWORK_HEADERS.has(name))
    return { status, headers: own.toSorted(([a], [b]) => (a < b ? -1 : 1)), body }
  })
}

export function answeredBy(vector: Vector, index: number): Answer['answeredBy'] {
  const request = vector.requests[index]
  return request === undefined ? undefined : answerOf(request).answeredBy
}

function expectedAnswer({ status, headers = {}, body, answeredBy }: Answer): unknown {
  if (answeredBy !== undefined) return { status }
  return { status, headers, body: body === undefined ? '' : JSON.stringify(body) }
}

function seenAnswer({ status, headers, body }: RawAnswer, by: Answer['answeredBy']): unknown {
  return by === undefined ? { status, headers: patkitHeaders(headers), body } : { status }
}

/** A header that stands there twice reads like neither. */
function patkitHeaders(headers: RawAnswer['headers']): Record<string, string> {
  const seen: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (PATKIT_HEADERS.has(name)) seen[name] = name in seen ? `${seen[name]}\n${value}` : value
  }
  return seen
}

function project(actual: unknown, wanted: unknown): unknown {
  if (!isPlain(actual) || !isPlain(wanted)) return actual
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, project(actual[key], wanted[key])]))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
