import { compiledOf, type Requirement } from '../decision.ts'
import type { Register, RegisteredScope, TokenRecord } from '../lookup/record.ts'
import { permission } from '../policy.ts'
import type { Segment } from '../scope/scope.ts'
import { AccessDenied } from './access-denied.ts'
import { decided, keepAlive, type RequestAuth, requestIdOf, setAuth } from './request-auth.ts'

/** A scope's name, or the segments of one. */
export type HeldScope<T = Register> = RegisteredScope<T> | readonly Segment[]

/** @throws TypeError where no scope is given */
export function allOf(scopes: readonly HeldScope[]): Requirement {
  if (scopes.length === 0) throw new TypeError('at least one scope must be given')
  return { kind: 'all', scopes }
}

export function recordOf<Q, H>(auth: RequestAuth<TokenRecord, Q, H>): Readonly<TokenRecord> | null {
  const decision = decided(auth)
  return decision?.ok ? decision.grant.record : null
}

export function holds<Q, H>(auth: RequestAuth<TokenRecord, Q, H>, need: Requirement): boolean {
  const decision = decided(auth)
  return decision?.ok === true && permission(compiledOf(decision.grant), need) === null
}

/** @throws AccessDenied (rejects) */
export async function assertHeld<Q, H>(auth: RequestAuth<TokenRecord, Q, H>, need: Requirement): Promise<void> {
  const { config, request } = auth
  const { verifier, reader } = config
  const decision = await verifier.authorize(await auth.decision, need, request, reader)
  if (decision.ok) return
  keepAlive(auth)
  throw new AccessDenied(decision, verifier.challenge(decision, requestIdOf(auth)))
}

export async function verifyAuthAgain<Q extends object, H>(
  auth: RequestAuth<TokenRecord, Q, H>,
): Promise<'allowed' | 'denied' | 'unavailable'> {
  const { config, request } = auth
  const decision = await config.verifier.verifyAgain(await auth.decision, request, config.reader)
  if (!decision.ok && decision.reason === 'unavailable') return 'unavailable'
  setAuth({ ...auth, decision })
  if (decision.ok) return 'allowed'
  keepAlive(auth)
  return 'denied'
}
