import { refuseUnknownMembers, validAllowlist, validDescription, validName, validScopes } from './input.ts'
import { type Expiry, expiryOf, type LifetimePolicy, lifeRules, requireActive } from './lifetime.ts'
import type { Change, Token } from './store.ts'

export interface UpdateInput {
  readonly name?: string
  readonly description?: string | null
  readonly scopes?: readonly string[]
  /** Counted from now where it is a duration; a token that has expired is regenerated instead. */
  readonly expiry?: Expiry
  readonly ipAllowlist?: readonly string[] | null
}

/**
 * New members for a token that lives. Dead ones can be renamed.
 *
 * @param kept what a token is to hold of scopes that it is given
 * @throws TokenError `ERR_PAT_INPUT_INVALID`, `ERR_PAT_TOKEN_NOT_ACTIVE`
 */
export function update(
  token: Token,
  input: UpdateInput,
  policy: LifetimePolicy,
  now: Date,
  kept: (scopes: readonly string[]) => readonly string[],
): Change | null {
  const { name, description, scopes, expiry, ipAllowlist, ...unknown } = input
  refuseUnknownMembers(unknown)
  const power = scopes !== undefined || expiry !== undefined || ipAllowlist !== undefined
  if (power) requireActive(token, lifeRules(policy), now)
  return changed(token, {
    ...(name !== undefined && { name: validName(name) }),
    ...(description !== undefined && { description: validDescription(description) }),
    ...(scopes !== undefined && { scopes: kept(validScopes('scopes', scopes)) }),
    ...(expiry !== undefined && { expiresAt: expiryOf(expiry, policy, token.issuedAt, now) }),
    ...(ipAllowlist !== undefined && { ipAllowlist: validAllowlist(ipAllowlist) }),
  })
}

/** `null` where everything is so already: what changes nothing is no change. */
function changed(token: Token, set: Change['set']): Change | null {
  const members = Object.keys(set) as (keyof typeof set)[]
  const same = members.every((member) => JSON.stringify(token[member]) === JSON.stringify(set[member]))
  return same ? null : { set, addSecret: null, endOtherSecretsAt: null, adopt: null }
}
