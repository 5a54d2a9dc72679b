import { renewToken } from '@patkit/example-program'
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

/** The two tokens of the document, for those of its calls that are about a token, with new secrets at every start. */
export async function demoTokens(store: TokenStore): Promise<DemoTokens> {
  return {
    userToken: await renewed(store, USER_TOKEN, USERS.user, 'CI pipeline', 90),
    userTokenId: USER_TOKEN,
    serviceToken: await renewed(store, SERVICE_TOKEN, USERS.serviceAccount, 'Terraform runner', 365),
    serviceTokenId: SERVICE_TOKEN,
  }
}

async function renewed(store: TokenStore, id: string, user: User, name: string, days: number): Promise<string> {
  const input = { name, scopes: [EVERYTHING], expiry: { days } }
  return renewToken({ ...tokenRules, store }, ACTOR, { id, owner: ownerOf(user), input })
}
