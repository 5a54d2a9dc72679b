import { randomUUID } from 'node:crypto'
import { type IssuedDemoToken, issueDemoToken } from '@patkit/example-program'
import type { Actor, TokenStore } from '@patkit/tokens'
import { tokenRules } from './justiam.ts'
import { EVERYTHING } from './permissions.ts'
import { ownerOf, USERS, type User } from './users.ts'

export interface DemoTokens {
  readonly userToken: string
  readonly userTokenId: string
  readonly serviceToken: string
  readonly serviceTokenId: string
}

const ACTOR: Actor = { id: 'justiam', scopes: null }
const USER_TOKEN = '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7b01'
const SERVICE_TOKEN = '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7b02'

/** The two tokens of the document, for those of its calls that are about a token, new at every start. */
export async function demoTokens(store: TokenStore): Promise<DemoTokens> {
  const user = await issued(store, USER_TOKEN, USERS.user, 'CI pipeline', 90)
  const service = await issued(store, SERVICE_TOKEN, USERS.serviceAccount, 'Terraform runner', 365)
  return {
    userToken: user.secret,
    userTokenId: user.id,
    serviceToken: service.secret,
    serviceTokenId: service.id,
  }
}

async function issued(store: TokenStore, id: string, user: User, name: string, days: number): Promise<IssuedDemoToken> {
  const input = { name, scopes: [EVERYTHING], expiry: { days } }
  return issueDemoToken({ ...tokenRules, store }, ACTOR, { id, laterId: randomUUID, owner: ownerOf(user), input })
}
