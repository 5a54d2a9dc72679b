import { createVerifier, tokenFormat, type Verifier } from '@patkit/core'
import { joinedHeader, type RequestReader } from '@patkit/core/adapter'
import {
  type Actor,
  createTokenService,
  memoryStore,
  type Owner,
  type Principal,
  type StoredRecord,
  type TokenService,
  type TokenServiceOptions,
} from '@patkit/tokens'

export const SECOND = 1_000
export const DAY = 86_400_000
export const START = Date.UTC(2026, 0, 1)
export const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }
export const ROBOT: Owner = { organizationId: 'acme', principalId: 'robot' }
export const ADMIN: Actor = { id: 'admin', scopes: null }

const reader: RequestReader<string> = {
  header: (token, name) => joinedHeader(['authorization', `Bearer ${token}`], name),
  peer: () => '192.0.2.1',
  context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
}

/** A service on a clock that stands still, with two principals, and a verifier on it. */
export interface Harness {
  readonly tokens: TokenService
  readonly verifier: Verifier<StoredRecord>
  readonly faults: unknown[]
  pass(ms: number): void
  /** `allowed`, or the reason for the denial. */
  use(token: string): Promise<string>
  may(token: string, scope: string): Promise<boolean>
}

export async function createHarness(options: Partial<TokenServiceOptions> = {}): Promise<Harness> {
  let now = START
  const faults: unknown[] = []
  const tokens = createTokenService({
    store: memoryStore(),
    format: tokenFormat({ prefix: 'acme_pat' }),
    clock: () => now,
    onError: (cause) => faults.push(cause),
    ...options,
  })
  const verifier = createVerifier({ ...tokens.verifierOptions, onError: (fault) => faults.push(fault) })
  await tokens.putPrincipal(ADMIN, principal(OWNER))
  await tokens.putPrincipal(ADMIN, principal(ROBOT, { kind: 'service' }))
  const decide = async (token: string) => verifier.verify(token, reader)
  return {
    tokens,
    verifier,
    faults,
    pass(ms) {
      now += ms
    },
    async use(token) {
      const decision = await decide(token)
      return decision.ok ? 'allowed' : decision.reason
    },
    async may(token, scope) {
      const need = { kind: 'all', scopes: [scope] } as const
      return (await verifier.authorize(await decide(token), need, token, reader)).ok
    },
  }
}

export function principal(owner: Owner, change: Partial<Principal> = {}): Principal {
  return { ...owner, kind: 'user', disabledAt: null, ceiling: null, ...change }
}
