import { refuseUnknownMembers, validAllowlist, validDescription, validName, validScopes } from '../input/fields.ts'
import type { Change, Token } from '../stores/token-store.ts'
import { type Expiry, expiryOf, type LifetimePolicy, lifeRules, requireActive } from './lifetime.ts'

export interface UpdateInput {
  readonly name?: string
  readonly description?: string | null
  readonly scopes?: readonly string[]
  /** Counted from now where it is a duration; a token that has expired is regenerated instead. */
  readonly expiry?: Expiry
  readonly ipAllowlist?: readonly string[] | null
}

/** The rules of updates. */
export interface UpdateRules {
  readonly policy: LifetimePolicy
  /** The scopes that a token holds when it is given these. */
  readonly normalizeScopes: (scopes: readonly string[]) => readonly string[]
}

/**
 * New values for a live token. A dead token can only be renamed.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID`, `ERR_PAT_TOKEN_NOT_ACTIVE`
 */
export function update(
  token: Token,
  input: UpdateInput,
  { policy, normalizeScopes }: UpdateRules,
  now: Date,
): Change | null {
  const { name, description, scopes, expiry, ipAllowlist, ...unknown } = input
  refuseUnknownMembers(unknown)
  const power = scopes !== undefined || expiry !== undefined || ipAllowlist !== undefined
  if (power) requireActive(token, lifeRules(policy), now)
  return changed(token, {
    ...(name !== undefined && { name: validName(name) }),
    ...(description !== undefined && { description: validDescription(description) }),
    ...(scopes !== undefined && { scopes: normalizeScopes(validScopes('scopes', scopes)) }),
    ...(expiry !== undefined && { expiresAt: expiryOf(expiry, policy, token.issuedAt, now) }),
    ...(ipAllowlist !== undefined && { ipAllowlist: validAllowlist(ipAllowlist) }),
  })
}

/** `null` where all values are equal already. */
function changed(token: Token, set: Change['set']): Change | null {
  const members = Object.keys(set) as (keyof typeof set)[]
  const same = members.every((member) => JSON.stringify(token[member]) === JSON.stringify(set[member]))
  return same ? null : { set, addSecret: null, endOtherSecretsAt: null, adopt: null }
}
