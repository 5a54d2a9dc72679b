import { issueDemoToken } from '@patkit/example-program'
import { type Actor, createTokenService, type Owner, type TokenStore } from '@patkit/tokens'
import { format } from './format.ts'
import type { DriveScope } from './scopes.ts'

export type DemoName = 'read' | 'write' | 'machine' | 'expired' | 'revoked' | 'elsewhere'
/** The secrets, shown once. */
export type DemoSecrets = Readonly<Record<DemoName, string>>

interface Traits {
  readonly scopes: readonly DriveScope[]
  readonly user: string | null
  readonly ranges?: readonly string[]
  /** A token that was issued so long ago that it has expired. */
  readonly issuedDaysAgo?: number
  readonly revoked?: true
}

const ACTOR: Actor = { id: 'quickstart', scopes: null }
export const USER: Owner = { organizationId: 'acme', principalId: 'user-1' }
const MACHINE: Owner = { organizationId: 'acme', principalId: 'backup' }
const DAY_MS = 86_400_000
const LIFE_DAYS = 30

const TRAITS: Readonly<Record<DemoName, Traits>> = {
  read: { scopes: ['drive:read'], user: 'user-1' },
  write: { scopes: ['drive:read', 'drive:write'], user: 'user-1' },
  machine: { scopes: ['drive:read'], user: null },
  expired: { scopes: ['drive:read'], user: 'user-1', issuedDaysAgo: LIFE_DAYS + 1 },
  revoked: { scopes: ['drive:read'], user: 'user-1', revoked: true },
  elsewhere: { scopes: ['drive:read'], user: 'user-1', ranges: ['203.0.113.0/24'] },
}

/** One token for each kind of answer, new at every start: those of earlier starts stay valid. */
export async function issueDemoTokens(store: TokenStore): Promise<DemoSecrets> {
  const service = createTokenService({ store, format })
  await service.putPrincipal(ACTOR, { ...USER, kind: 'user', disabledAt: null, ceiling: null })
  await service.putPrincipal(ACTOR, { ...MACHINE, kind: 'service', disabledAt: null, ceiling: null })
  const secrets: [DemoName, string][] = []
  for (const name of Object.keys(TRAITS) as DemoName[]) secrets.push([name, await issue(store, name)])
  return Object.fromEntries(secrets) as Record<DemoName, string>
}

async function issue(store: TokenStore, name: DemoName): Promise<string> {
  const { user, issuedDaysAgo = 0, revoked } = TRAITS[name]
  const owner = user === null ? MACHINE : USER
  // A service whose clock is slow issues tokens that have expired by now.
  const options = { store, format, clock: () => Date.now() - issuedDaysAgo * DAY_MS }
  const demo = { id: `token-${name}`, owner, input: inputOf(name) }
  const { id, secret } = await issueDemoToken(options, ACTOR, demo)
  if (revoked) await createTokenService(options).revoke(ACTOR, owner, id)
  return secret
}

function inputOf(name: DemoName) {
  const { scopes, user, ranges = null } = TRAITS[name]
  return { name, scopes, userId: user, ipAllowlist: ranges, expiry: { days: LIFE_DAYS } }
}
