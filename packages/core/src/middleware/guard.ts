import { andThen } from '../async.ts'
import type { Requirement } from '../decision.ts'
import { PatError } from '../errors.ts'
import type { Register, RegisteredScope } from '../lookup/record.ts'
import { isExactScope, type Scope, type Segment } from '../scope/scope.ts'
import { isVisibleText } from '../text.ts'
import { type Check, passed } from './outcome.ts'
import { keepAlive, refused, requireAuth } from './request-auth.ts'

/** A scope's name, or a function of the request that returns the segments of one. */
export type ScopeArgument<Q, T = Register> = RegisteredScope<T> | ((request: Q) => readonly Segment[])

export function guard<Q extends object, H>(needOf: (request: Q) => Requirement): Check<Q, H> {
  return (request) => {
    const auth = requireAuth<Q, H>(request)
    const { verifier, reader } = auth.config
    const need = needOf(request)
    const permitted = andThen(auth.decision, (decision) => verifier.authorize(decision, need, request, reader))
    return andThen(permitted, (decision) => {
      if (decision.ok) return passed(decision.grant, null)
      keepAlive(auth)
      return refused(auth, decision, true)
    })
  }
}

/** @throws TypeError naming the argument that is no scope */
export function scopeRequirement<Q>(
  kind: 'all' | 'any',
  scopes: readonly ScopeArgument<Q>[],
): (request: Q) => Requirement {
  if (scopes.length === 0) throw new TypeError('a scope guard needs at least one scope')
  for (const scope of scopes) {
    if (typeof scope !== 'function' && !isExactScope(scope)) {
      throw new TypeError(`${JSON.stringify(scope)} is not a scope name without "*"`)
    }
  }
  if (scopes.every((scope) => typeof scope === 'string')) {
    const need: Requirement = Object.freeze({ kind, scopes })
    return () => need
  }
  return (request) => ({ kind, scopes: scopes.map((scope) => scopeFor(request, scope)) })
}

/** @throws TypeError where the detail is blank */
export function userRequirement<Q>(detail: string | null): (request: Q) => Requirement {
  if (detail !== null && !isVisibleText(detail)) {
    throw new TypeError('the detail of a user guard must be a text with a visible character')
  }
  const need: Requirement = Object.freeze({ kind: 'user', detail })
  return () => need
}

function scopeFor<Q>(request: Q, scope: ScopeArgument<Q>): Scope {
  if (typeof scope !== 'function') return scope
  const segments = scope(request)
  if (Array.isArray(segments)) return segments
  throw new PatError('ERR_PAT_GUARD_SCOPE', 'the scope function of a guard must return an array of segments')
}
