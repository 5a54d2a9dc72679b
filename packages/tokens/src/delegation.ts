import { covers, type ScopeOptions } from '@patkit/core'
import type { Principal } from './store.ts'
import { TokenError } from './token-error.ts'

/** Who calls a verb. */
export interface Actor {
  readonly id: string
  /** What it can give away at most; `null` for trusted code, which the owner's ceiling alone limits. */
  readonly scopes: readonly string[] | null
}

/**
 * Whoever gives scopes away must have them, and so must the owner.
 *
 * @throws TokenError `ERR_PAT_SCOPE_NOT_HELD` naming the first scope that one of them has not
 */
export function requireHeld(wanted: readonly string[], actor: Actor, owner: Principal, rules: ScopeOptions): void {
  for (const held of [actor.scopes, owner.ceiling]) {
    if (held === null) continue
    const index = wanted.findIndex((scope) => !covers(held, [scope], rules))
    if (index < 0) continue
    const holder = held === actor.scopes ? 'who gives it' : 'the owner'
    throw new TokenError('ERR_PAT_SCOPE_NOT_HELD', `${holder} does not hold the scope ${wanted[index]}`, 'scopes')
  }
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
