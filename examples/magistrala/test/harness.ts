import type { Harness, Names } from '@patkit/example-recording'
import { memoryStore, type TokenService, type TokenStore } from '@patkit/tokens'
import { onTestFinished } from 'vitest'
import { createMagistrala } from '../src/app.ts'
import { DOMAIN, OTHER_DOMAIN, OTHER_USER, USER } from '../src/people.ts'
import { seedUsers } from '../src/seed.ts'

/** The system on a store in memory, with a clock that stands still. */
export interface TestHarness extends Harness {
  readonly tokens: TokenService
}

export const START = '2026-03-01T09:00:00Z'

export async function openHarness(store: TokenStore = memoryStore()): Promise<TestHarness> {
  let now = Date.parse(START)
  const { app, tokens, logins, close } = createMagistrala(store, () => now)
  onTestFinished(close)
  await seedUsers(tokens, store)
  const names: Names = new Map([
    ['userId', USER.principalId],
    ['otherUserId', OTHER_USER.principalId],
    ['domain', DOMAIN],
    ['otherDomain', OTHER_DOMAIN],
  ])
  const login = async () => {
    names.set('user', await logins.issue(USER))
    names.set('otherUser', await logins.issue(OTHER_USER))
  }
  await login()
  return {
    tokens,
    names,
    send: async (request) => app.fetch(request),
    // Users log in again, as their logins may have expired.
    async setClock(instant) {
      now = Date.parse(instant)
      await login()
    },
    flush: () => tokens.flush(),
  }
}
