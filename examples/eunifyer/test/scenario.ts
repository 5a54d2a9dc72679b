import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { expectRecorded, filled, filledAll } from './recording.ts'
import { openStage, type TestStage } from './stage.ts'

/** What was recorded of an answer. A header that is `null` is not there; an answer that is `null` has no body. */
interface Recorded {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | null>>
  readonly answer: unknown
}

type Step = Moment | Exchange

interface Moment {
  readonly clock: string
}

interface Exchange extends Partial<Recorded> {
  /** `GET /path`, below `/api/v1`. */
  readonly ask: string
  /** The name of the token that is sent, */
  readonly as?: string
  /** or the token itself. */
  readonly bearer?: string
  readonly send?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Instead of a body: what is sent as it stands. */
  readonly raw?: string
  /** The name of one of the answers that come again and again, instead of an answer of its own. */
  readonly answered?: string
  /** Names whose values must be different ones. */
  readonly differ?: readonly string[]
}

export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
}

const FOLDER = join(import.meta.dirname, 'scenarios')
const ANSWERS: Readonly<Record<string, Recorded>> = read(join(import.meta.dirname, 'answers.json'))

export const SCENARIOS: readonly Scenario[] = readdirSync(FOLDER).flatMap((file): Scenario[] =>
  read(join(FOLDER, file)),
)

export async function play({ steps }: Scenario): Promise<void> {
  const stage = await openStage()
  for (const [index, step] of steps.entries()) {
    if ('clock' in step) stage.setClock(step.clock)
    else await exchange(stage, step, `step ${index + 1}, ${step.ask}`)
  }
}

async function exchange(stage: TestStage, step: Exchange, what: string): Promise<void> {
  const { names } = stage
  const { status, headers = {}, answer } = recordedOf(step)
  const response = await send(stage, step)
  const text = await response.text()
  expect(response.status, `${what}: ${text}`).toBe(status)
  const present = Object.fromEntries(Object.keys(headers).map((name) => [name, response.headers.get(name)]))
  expectRecorded(present, headers, names, what)
  expectRecorded(text === '' ? null : JSON.parse(text), answer, names, what)
  const values = (step.differ ?? []).map((name) => filled(`{{${name}}}`, names))
  expect(new Set(values).size, what).toBe(values.length)
}

function recordedOf({ answered, status, headers, answer }: Exchange): Recorded {
  const known = answered === undefined ? undefined : ANSWERS[answered]
  const recorded = known ?? { status, ...(headers !== undefined && { headers }), answer }
  if (recorded.status === undefined || recorded.answer === undefined) throw new Error('a step has no answer')
  return recorded as Recorded
}

function send({ url, names }: TestStage, { ask, as, bearer, send, body, raw }: Exchange): Promise<Response> {
  const [method = '', path = ''] = ask.split(' ')
  const token = as === undefined ? bearer : `{{${as}}}`
  const sent = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...send,
  }
  return fetch(`${url}/api/v1${filled(path, names)}`, {
    method,
    headers: filledAll(sent, names) as Record<string, string>,
    body: raw ?? (body === undefined ? null : JSON.stringify(filledAll(body, names))),
  })
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'))
}
