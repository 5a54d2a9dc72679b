import { type ScopeOptions, uncoveredScopes } from '@patkit/core/adapter'
import type { Principal } from './store.ts'
import { TokenError } from './token-error.ts'

/** Who calls a verb. */
export interface Actor {
  readonly id: string
  /** What it can give away at most; `null` for trusted code, which the owner's ceiling alone limits. */
  readonly scopes: readonly string[] | null
}

/** Where wildcards are on: whatever the owner may do, now and later. */
const EVERYTHING = '*'

/**
 * Whoever gives scopes away must have them, and so must the owner. A grant of everything that the owner may do is held by
 * every owner: its ceiling says at each use what that is.
 *
 * @throws TokenError `ERR_PAT_SCOPE_NOT_HELD` naming the first scope that one of them has not
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
  const byOwner = owner.ceiling === null ? [] : uncoveredScopes(owner.ceiling, ofCeiling(wanted, rules), rules)
  return [...byActor, ...byOwner]
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
 * What a token holds already in wider form cannot be added to it.
 *
 * @param kept what a token is to hold of scopes that it is given
 * @throws TokenError `ERR_PAT_SCOPE_COVERED` naming the first such scope
 */
export function requireUncovered(
  added: readonly string[],
  held: readonly string[],
  kept: (scopes: readonly string[]) => readonly string[],
): void {
  const widest = kept(added)
  const left = new Set([...held, ...kept([...held, ...widest])])
  const covered = widest.find((scope) => !left.has(scope))
  if (covered === undefined) return
  const field = `scopes/${added.indexOf(covered)}`
  throw new TokenError('ERR_PAT_SCOPE_COVERED', `a scope of the token covers ${covered}`, field)
}
