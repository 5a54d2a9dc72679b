import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { expectRecorded, filled, filledAll, type Names } from './recording.ts'

/** A system in a test. */
export interface Harness {
  /** The values of names at the start. */
  readonly names: Names
  /** The forms of values that a name takes from an answer, by the end of the name. */
  readonly forms?: Readonly<Record<string, RegExp>>
  send(request: Request): Promise<Response>
  setClock(instant: string): void | Promise<void>
  /** Writes the events and uses gathered in memory. */
  flush(): Promise<void>
}

/** A recorded answer. A header that is `null` is absent; a body that is `null` is empty. */
export interface Recorded {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | null>>
  readonly answer: unknown
}

type Step = { readonly clock: string } | { readonly flush: string } | Exchange

interface Exchange extends Partial<Recorded> {
  /** `GET /path`. */
  readonly ask: string
  /** The name of the token that is sent, */
  readonly as?: string
  /** or the token itself. */
  readonly bearer?: string
  readonly send?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** A text that is sent as it is, in place of a body. */
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

type Answers = Readonly<Record<string, Recorded>>

const BASE = 'http://localhost'

/** The scenarios of all JSON files in a folder. */
export function scenariosIn(folder: string): readonly Scenario[] {
  return readdirSync(folder).flatMap((file) => scenariosOf(join(folder, file)))
}

/** The scenarios of one JSON file. */
export function scenariosOf(file: string): readonly Scenario[] {
  return read(file)
}

export function recordedAnswers(file: string): Answers {
  return read(file)
}

/** Plays a scenario, and fails at the first step that is answered in another way. */
export async function play({ steps }: Scenario, harness: Harness, answers: Answers): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if ('clock' in step) await harness.setClock(step.clock)
    else if ('flush' in step) await harness.flush()
    else await exchange(harness, step, answers, `step ${index + 1}, ${step.ask}`)
  }
}

async function exchange(harness: Harness, step: Exchange, answers: Answers, what: string): Promise<void> {
  const { names } = harness
  const before = new Set(names.keys())
  const { status, headers = {}, answer } = recordedOf(step, answers, what)
  const response = await harness.send(requestOf(step, names))
  const text = await response.text()
  expect(response.status, `${what}: ${text}`).toBe(status)
  const present = Object.fromEntries(Object.keys(headers).map((name) => [name, response.headers.get(name)]))
  expectRecorded(present, headers, names, what)
  expectRecorded(text === '' ? null : JSON.parse(text), answer, names, what)
  const learned = [...names].filter(([name]) => !before.has(name))
  for (const [name, value] of learned) expect(value, `${what}: ${name}`).toMatch(formOf(name, harness))
  const values = (step.differ ?? []).map((name) => filled(`{{${name}}}`, names))
  expect(new Set(values).size, what).toBe(values.length)
}

function formOf(name: string, { forms = {} }: Harness): RegExp {
  const [, form] = Object.entries(forms).find(([end]) => name.toLowerCase().endsWith(end)) ?? []
  return form ?? /./
}

function recordedOf({ answered, status, headers, answer }: Exchange, answers: Answers, what: string): Recorded {
  const known = answered === undefined ? undefined : answers[answered]
  const recorded = known ?? { status, ...(headers !== undefined && { headers }), answer }
  if (recorded.status === undefined || recorded.answer === undefined) throw new Error(`${what} has no answer`)
  return recorded as Recorded
}

function requestOf({ ask, as, bearer, send, body, raw }: Exchange, names: Names): Request {
  const [method = '', path = ''] = ask.split(' ')
  const token = as === undefined ? bearer : `{{${as}}}`
  const sent = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...send,
  }
  return new Request(`${BASE}${filled(path, names)}`, {
    method,
    headers: filledAll(sent, names) as Record<string, string>,
    body: raw ?? (body === undefined ? null : JSON.stringify(filledAll(body, names))),
  })
}

/** Sends requests to a server in place of `BASE`; `url` may have a path. */
export function sendTo(url: string): Harness['send'] {
  return async (request) => {
    const { method, headers } = request
    const body = await request.text()
    return fetch(`${url}${request.url.slice(BASE.length)}`, { method, headers, body: body === '' ? null : body })
  }
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'))
}
