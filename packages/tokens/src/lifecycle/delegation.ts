import { type ScopeOptions, uncoveredScopes } from '@patkit/core/adapter'
import type { Principal } from '../stores/token-store.ts'
import { TokenError } from '../token-error.ts'

/** The caller of a verb. */
export interface Actor {
  readonly id: string
  /** The scopes that it can grant at most; `null` for trusted code, which only the owner's ceiling limits. */
  readonly scopes: readonly string[] | null
}

/** With wildcards: everything that the owner may do, now and later. */
const EVERYTHING = '*'

/**
 * The actor must hold the scopes that it grants, and so must the owner. Every owner holds the grant of everything that
 * the owner may do: the ceiling defines it at each use.
 *
 * @throws TokenError `ERR_PAT_SCOPE_NOT_HELD` naming the first scope that is not held
 */
export function requireHeld(wanted: readonly string[], actor: Actor, owner: Principal, rules: ScopeOptions): void {
  requireAll('the caller', actor.scopes, wanted, rules)
  requireAll('the owner', owner.ceiling, ofCeiling(wanted, rules), rules)
}

/** Those of the scopes that the actor cannot give to a token of the owner: what `requireHeld` refuses. */
export function withheldScopes(
  wanted: readonly string[],
  actor: Actor,
  owner: Principal,
  rules: ScopeOptions,
): readonly string[] {
  const byActor = actor.scopes === null ? [] : uncoveredScopes(actor.scopes, wanted, rules)
  return [...byActor, ...scopesAbove(wanted, owner, rules)]
}

/** Those of the scopes that the ceiling of the owner does not cover: no use of a token is allowed by them. */
export function scopesAbove(
  scopes: readonly string[],
  { ceiling }: Pick<Principal, 'ceiling'>,
  rules: ScopeOptions,
): readonly string[] {
  return ceiling === null ? [] : uncoveredScopes(ceiling, ofCeiling(scopes, rules), rules)
}

/** The scopes that an owner's ceiling decides about when they are given. */
function ofCeiling(wanted: readonly string[], rules: ScopeOptions): readonly string[] {
  return rules.wildcards === true ? wanted.filter((scope) => scope !== EVERYTHING) : wanted
}

function requireAll(
  holder: string,
  held: readonly string[] | null,
  wanted: readonly string[],
  rules: ScopeOptions,
): void {
  if (held === null) return
  const [missing] = uncoveredScopes(held, wanted, rules)
  if (missing === undefined) return
  throw new TokenError('ERR_PAT_SCOPE_NOT_HELD', `${holder} does not hold scope ${missing}`, 'scopes')
}

/**
 * Refuses scopes that a wider scope of the token covers.
 *
 * @param normalizeScopes the scopes that a token holds when it is given these
 * @throws TokenError `ERR_PAT_SCOPE_COVERED` naming the first such scope
 */
export function requireUncovered(
  added: readonly string[],
  held: readonly string[],
  normalizeScopes: (scopes: readonly string[]) => readonly string[],
): void {
  const widest = normalizeScopes(added)
  const left = new Set([...held, ...normalizeScopes([...held, ...widest])])
  const covered = widest.find((scope) => !left.has(scope))
  if (covered === undefined) return
  const field = `scopes/${added.indexOf(covered)}`
  throw new TokenError('ERR_PAT_SCOPE_COVERED', `a scope of the token covers ${covered}`, field)
}
