import { type IssuedDemoToken, issueDemoToken } from '@patkit/example-program'
import type { Actor, CreateInput, Owner, Principal, TokenService, TokenStore } from '@patkit/tokens'
import { format } from './format.ts'
import { ADMIN, ALICE, PEOPLE, SERVICE_PRINCIPALS, SYNC } from './people.ts'
import type { EunifyerScope } from './scopes.ts'

/** `admin` manages tokens, `bound` acts for a user, `unbound` for none, `elsewhere` is valid from other addresses. */
export type DemoName = 'admin' | 'bound' | 'unbound' | 'elsewhere'
export type DemoTokens = Readonly<Record<DemoName, IssuedDemoToken>>

const ACTOR: Actor = { id: 'eunifyer', scopes: null }
const EXPIRY = { days: 30 } as const
const FILES: readonly EunifyerScope[] = ['drive:read', 'drive:write', 'sites:read']

const TOKENS: Readonly<Record<DemoName, { readonly owner: Owner; readonly input: CreateInput }>> = {
  admin: {
    owner: { organizationId: ADMIN.organizationId, principalId: ADMIN.id },
    input: { name: 'admin', scopes: [...FILES, 'admin:tokens'], expiry: EXPIRY },
  },
  bound: { owner: SYNC, input: { name: 'alice-drive-sync', scopes: FILES, userId: ALICE.id, expiry: EXPIRY } },
  unbound: { owner: SYNC, input: { name: 'nobody', scopes: FILES, expiry: EXPIRY } },
  elsewhere: {
    owner: SYNC,
    input: { name: 'office-only', scopes: FILES, userId: ALICE.id, ipAllowlist: ['203.0.113.0/24'], expiry: EXPIRY },
  },
}

/** Two organizations with their people and service principals, where they are missing, and tokens of this start. */
export async function seed(tokens: TokenService, store: TokenStore, clock: () => number): Promise<DemoTokens> {
  for (const { organizationId, id } of PEOPLE) {
    await put(tokens, store, { organizationId, principalId: id, kind: 'user', disabledAt: null, ceiling: null })
  }
  for (const owner of SERVICE_PRINCIPALS) {
    await put(tokens, store, { ...owner, kind: 'service', disabledAt: null, ceiling: null })
  }
  const issued: [DemoName, IssuedDemoToken][] = []
  for (const name of Object.keys(TOKENS) as DemoName[]) {
    const demo = { id: `tok_eunifyer-${name}`, ...TOKENS[name] }
    issued.push([name, await issueDemoToken({ store, format, clock }, ACTOR, demo)])
  }
  return Object.fromEntries(issued) as Record<DemoName, IssuedDemoToken>
}

/** One that was disabled since stays so. */
async function put(tokens: TokenService, store: TokenStore, principal: Principal): Promise<void> {
  if ((await store.findPrincipal(principal)) === null) await tokens.putPrincipal(ACTOR, principal)
}
