import { randomUUID } from 'node:crypto'
import { type IssuedDemoToken, issueDemoToken } from '@patkit/example-program'
import type { Actor, TokenService, TokenStore } from '@patkit/tokens'
import { format } from './format.ts'
import { DOMAIN, USER, USERS } from './people.ts'
import { scopeName } from './scope.ts'

const ACTOR: Actor = { id: 'magistrala', scopes: null }

const DEMO_PAT = 'c5747f2f-2a7c-4fe1-b41a-51a5ae290945'
/** The channel of the calls that are printed. */
export const CHANNEL = 'cfbc6936-5748-4339-a8ef-37b64b02bc96'
export const READ_CHANNEL: string = scopeName({
  ...{ domain: DOMAIN, entityType: 'channels', entityId: CHANNEL, operation: 'read' },
})
const PUBLISH: string = scopeName({
  ...{ domain: DOMAIN, entityType: 'channels', entityId: CHANNEL, operation: 'publish' },
})

/** Adds the users that are missing. One that was disabled since stays so. */
export async function seedUsers(tokens: TokenService, store: TokenStore): Promise<void> {
  for (const user of USERS) {
    if ((await store.findPrincipal(user)) !== null) continue
    await tokens.putPrincipal(ACTOR, { ...user, kind: 'user', disabledAt: null, ceiling: null })
  }
}

/** A PAT for the calls that are printed, new at every start. */
export function issueDemoPat(store: TokenStore, clock: () => number): Promise<IssuedDemoToken> {
  const input = { name: 'demo', scopes: [READ_CHANNEL, PUBLISH], expiry: { days: 1 } }
  const options = { store, format, wildcards: true, clock }
  return issueDemoToken(options, ACTOR, { id: DEMO_PAT, laterId: randomUUID, owner: USER, input })
}
