import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Harness, type Names, sendTo } from '@patkit/example-recording'
import { memoryStore, type TokenService } from '@patkit/tokens'
import { onTestFinished } from 'vitest'
import { createEunifyer } from '../src/app.ts'
import { ADMIN, ALICE, FOREIGN_SYNC, FOREIGNER, SYNC } from '../src/people.ts'
import { seed } from '../src/seed.ts'

/** The program on a port of its own, with a clock that stands at the instant of the document's example. */
export interface TestHarness extends Harness {
  readonly url: string
  readonly tokens: TokenService
}

/** Where the document's paths begin. */
const BASE_PATH = '/api/v1'

const START = '2026-04-24T10:00:00Z'

export async function openHarness(): Promise<TestHarness> {
  let now = Date.parse(START)
  const store = memoryStore()
  const clock = () => now
  const { app, tokens, sessions, close } = createEunifyer(store, clock)
  const server = createServer(app).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    server.close()
    await close()
  })
  await once(server, 'listening')
  const { bound, unbound, elsewhere } = await seed(tokens, store, clock)
  // A login that outlives every wait of a test.
  const owner = { organizationId: ADMIN.organizationId, principalId: ADMIN.id }
  const scopes = ['drive:read', 'drive:write', 'sites:read', 'admin:tokens']
  const { secret } = await tokens.create({ id: 'test', scopes: null }, owner, { name: 'admin', scopes })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const names: Names = new Map(Object.entries({ admin: secret.reveal(), url, adminId: ADMIN.id }))
  for (const [name, token] of Object.entries({ bound, unbound, elsewhere })) names.set(name, token.secret)
  names.set('sp', SYNC.principalId).set('reports', 'sp_reports').set('foreignSp', FOREIGN_SYNC.principalId)
  names.set('user', ALICE.id).set('foreignUser', FOREIGNER.id)
  for (const [name, person] of Object.entries({ admin: ADMIN, member: ALICE, foreign: FOREIGNER })) {
    names.set(`${name}Email`, person.email).set(`${name}Password`, sessions.passwordOf(person))
  }
  return {
    url,
    names,
    tokens,
    flush: () => tokens.flush(),
    send: sendTo(`${url}${BASE_PATH}`),
    setClock(instant) {
      now = Date.parse(instant)
    },
  }
}
