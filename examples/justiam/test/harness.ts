import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryStore, type TokenStore } from '@patkit/tokens'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import { AUDIENCE, ISSUER, newKeys } from '../src/issuer.ts'
import { createJustiam, type Justiam } from '../src/justiam.ts'
import { USERS } from '../src/users.ts'

/** When the document's example was written: 90 days later is what it says. */
export const START = Date.UTC(2024, 11, 1)
export const PASSWORD = 'correct horse battery staple'
export const ME = '/api/v1/me/tokens'
export const OF_SERVICE_ACCOUNT: string = `/api/v1/users/${USERS.serviceAccount.id}/tokens`

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: any JSON of the API
  readonly body: any
}

export interface Sent {
  /** The text after `Bearer `. */
  readonly as?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** JustIAM behind a socket, on a clock that is set by hand. */
export interface Harness extends Justiam {
  readonly faults: readonly unknown[]
  readonly url: string
  readonly jwt: Readonly<Record<keyof typeof USERS, string>>
  pass(seconds: number): void
  setClock(instant: string): void
  ask(method: string, path: string, sent?: Sent): Promise<Answer>
  /** A PAT, made over HTTP. */
  patOf(jwt: string, path?: string): Promise<{ readonly id: string; readonly token: string }>
  /** A JWT signed with the issuer's key; `undefined` takes a claim or header out. */
  forge(claims?: object, header?: object): Promise<string>
  /** Every token there is, with its version: what a refusal must not change. */
  everything(): Promise<string>
}

const keys = newKeys()

export async function createHarness(change: (store: TokenStore) => TokenStore = (store) => store): Promise<Harness> {
  let now = START
  const store = change(memoryStore())
  const faults: unknown[] = []
  const onError = (cause: unknown) => faults.push(cause)
  const system = createJustiam({ store, clock: () => now, keys, password: PASSWORD, onError })
  await system.directory.reset()
  const url = await listening(system)
  const signed = Object.entries(USERS).map(async ([name, { id }]) => [name, await system.issuer.sign(id)] as const)

  async function ask(method: string, path: string, { as = null, body, headers = {} }: Sent = {}): Promise<Answer> {
    const sent = new Headers(body === undefined ? {} : { 'content-type': 'application/json' })
    if (as !== null) sent.set('authorization', `Bearer ${as}`)
    for (const [name, value] of Object.entries(headers)) sent.set(name, value)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${url}${path}`, { method, headers: sent, ...(body !== undefined && { body: text }) })
    const answer = await response.text()
    return { status: response.status, headers: response.headers, text: answer, body: parsed(answer) }
  }

  return {
    ...system,
    faults,
    url,
    ask,
    jwt: Object.fromEntries(await Promise.all(signed)) as Harness['jwt'],
    pass(seconds) {
      now += seconds * 1_000
    },
    setClock(instant) {
      now = Date.parse(instant)
    },
    async patOf(jwt, path = ME) {
      return (await ask('POST', path, { as: jwt, body: { name: 'made', expires_in_days: 365 } })).body
    },
    forge(claims = {}, header = {}) {
      const seconds = now / 1_000
      const own = { iss: ISSUER, aud: AUDIENCE, sub: USERS.admin.id, iat: seconds, exp: seconds + 60, jti: 'forged' }
      return new SignJWT({ ...own, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header } as JWTHeaderParameters)
        .sign(keys.privateKey)
    },
    async everything() {
      const { items } = await system.tokens.list({ organizationId: 'justiam' }, { limit: 100 })
      return JSON.stringify(items.map(({ id, version }) => [id, version]))
    },
  }
}

export const publicKey = keys.publicKey

async function listening(system: Justiam): Promise<string> {
  const server = createServer(system.listener).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await system.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
