import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MintingFormat } from '@patkit/core/adapter'
import { type LoggedEvent, memoryStore, type Owner, type TokenService } from '@patkit/tokens'
import { ADMIN, USER } from '../src/demo.ts'
import { newSigningKey, pasetoFormat } from '../src/paseto-format.ts'
import { scopes } from '../src/scopes.ts'
import { createUnit, type Unit } from '../src/unit.ts'

export const MEDIA_TYPE = 'application/vnd.api+json'
export const ELSEWHERE: Owner = { organizationId: 'elsewhere', principalId: '3' }
export const ACTOR = { id: 'harness', scopes: null }
/** The instant of the document's first answer. */
const START = Date.parse('2021-07-01T08:51:09.108Z')

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is where it is a text. */
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: any JSON of the API
  readonly body: any
}

/** Unit's API on a port, with a clock that stands still, two users, and a token that may do everything. */
export interface Harness extends AsyncDisposable {
  readonly tokens: TokenService
  readonly format: MintingFormat
  readonly bearer: string
  readonly url: string
  setClock(instant: string): void
  send(request: Sent): Promise<Answer>
  /** A call of the document's with the bearer, and with a body of its media type where there is one. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** A token of the user's. */
  issue(scope: string, more?: object): Promise<{ readonly id: string; readonly token: string }>
  /** Everything there is, so that a refusal can be seen to have changed nothing. */
  everything(): Promise<string>
  /** The recorded events, in descending order. */
  events(): Promise<readonly LoggedEvent[]>
  /** How many requests were denied with each reason, folded ones included. */
  reasons(): Promise<Readonly<Record<string, number>>>
}

const KEY = await newSigningKey()

export async function createHarness({
  lastId = 1,
  key = KEY,
}: {
  lastId?: number
  key?: string
} = {}): Promise<Harness> {
  let now = START
  const clock = () => now
  const store = memoryStore()
  const format = await pasetoFormat(key)
  const unit = createUnit({ store, format, clock })
  const bearer = await bearerOf(unit.tokens)
  for (let drawn = 1; drawn < lastId; drawn++) await store.nextNumber('unit/api-tokens')
  const server = createServer(unit.listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send = (request: Sent) => answered(url, request)
  const call = (method: string, path: string, body?: unknown) => send({ method, path, ...bearing(bearer, body) })
  return {
    ...{ tokens: unit.tokens, format, bearer, url, send, call },
    setClock(instant) {
      now = Date.parse(instant)
    },
    async issue(scope, more = {}) {
      const { body } = await call('POST', '/users/2/api-tokens', creation({ scope, ...more }))
      return { id: body.data.id, token: body.data.attributes.token }
    },
    everything: () => everything(unit.tokens),
    events: () => events(unit),
    reasons: async () => reasonsIn(await events(unit)),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await unit.close()
    },
  }
}

export function creation(attributes: object, data: object = {}): object {
  const whole = { description: 'Production token', scope: 'customers', expiration: '2022-07-01T13:47:17.000Z' }
  return { data: { type: 'apiToken', attributes: { ...whole, ...attributes }, ...data } }
}

export function bearing(token: string, body?: unknown): Pick<Sent, 'headers' | 'body'> {
  const authorization = `Bearer ${token}`
  return body === undefined
    ? { headers: { authorization } }
    : { headers: { authorization, 'content-type': MEDIA_TYPE }, body }
}

/** The token with the id 1. */
async function bearerOf(tokens: TokenService): Promise<string> {
  for (const owner of [ADMIN, USER, ELSEWHERE]) {
    await tokens.putPrincipal(ACTOR, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  }
  const { secret } = await tokens.create(ACTOR, ADMIN, { name: 'bearer', scopes: scopes.names })
  return secret.reveal()
}

async function answered(url: string, { method, path, headers, body }: Sent): Promise<Answer> {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}${path}`, { method, headers: headers ?? {}, body: text })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

async function events({ tokens, flush }: Unit): Promise<readonly LoggedEvent[]> {
  await flush()
  return (await tokens.audit.list(null, { limit: 100 })).items
}

function reasonsIn(logged: readonly LoggedEvent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const event of logged) {
    if (event.kind === 'change' || event.outcome === 'allowed') continue
    counts[event.outcome] = (counts[event.outcome] ?? 0) + event.count
  }
  return counts
}

async function everything(tokens: TokenService): Promise<string> {
  const lists = [ADMIN, ELSEWHERE].map(({ organizationId }) => tokens.list({ organizationId }, { limit: 100 }))
  return JSON.stringify((await Promise.all(lists)).map(({ items }) => items.map(({ id, version }) => [id, version])))
}
