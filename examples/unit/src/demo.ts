import { type DemoToken, type IssuedDemoToken, issueDemoToken } from '@patkit/example-program'
import { type Actor, createTokenService, type Owner, type TokenServiceOptions } from '@patkit/tokens'
import { scopes } from './scopes.ts'

const ORGANIZATION = 'unit'
const ACTOR: Actor = { id: 'unit', scopes: null }
const LIFE_DAYS = 30

/** Whose token begins everything. */
export const ADMIN: Owner = { organizationId: ORGANIZATION, principalId: '1' }
/** The user of the document's URLs. */
export const USER: Owner = { organizationId: ORGANIZATION, principalId: '2' }

const BEARER: DemoToken = {
  id: '1',
  owner: ADMIN,
  input: { name: 'Org bearer', scopes: scopes.names, expiry: { days: LIFE_DAYS } },
}

const TESTING: DemoToken = {
  id: '2',
  owner: USER,
  input: {
    name: 'Testing token',
    scopes: ['customers'],
    ipAllowlist: ['192.168.1.1', '192.168.1.2'],
    expiry: { days: LIFE_DAYS },
  },
}

/** A token that may do everything, and one to list and to revoke. */
export interface DemoTokens {
  readonly bearer: IssuedDemoToken
  readonly testing: IssuedDemoToken
}

/** Two users and a token each, new at every start. */
export async function issueDemoTokens(options: TokenServiceOptions): Promise<DemoTokens> {
  const service = createTokenService(options)
  for (const owner of [ADMIN, USER]) {
    await service.putPrincipal(ACTOR, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  }
  const testing = await issueDemoToken(options, ACTOR, TESTING)
  return { testing, bearer: await issueDemoToken(options, ACTOR, BEARER) }
}
