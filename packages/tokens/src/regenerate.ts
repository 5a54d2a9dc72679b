import type { MintedToken } from '@patkit/core'
import { refuseUnknownMembers } from './input.ts'
import { type Expiry, expiryOf, type LifetimePolicy, lifeRules, statusOf } from './lifetime.ts'
import type { Change, Token } from './store.ts'
import { TokenError } from './token-error.ts'

export interface RegenerateInput {
  /** The end of the new life; the policy's default where it is left out. */
  readonly expiry?: Expiry
}

/**
 * A new secret and a new life for a token that was revoked or has expired; everything else stays.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID`, `ERR_PAT_TOKEN_ACTIVE`
 */
export function regenerate(
  token: Token,
  input: RegenerateInput,
  secret: MintedToken,
  policy: LifetimePolicy,
  now: Date,
): Change {
  const { expiry, ...unknown } = input
  refuseUnknownMembers(unknown)
  if (statusOf(token, lifeRules(policy), now) === 'active') {
    throw new TokenError('ERR_PAT_TOKEN_ACTIVE', 'the token is active: rotate it instead')
  }
  return {
    set: { hint: secret.hint, issuedAt: now, expiresAt: expiryOf(expiry, policy, now, now), revokedAt: null },
    addSecret: { digest: secret.digest, createdAt: now, awaitsAdoption: false },
    endOtherSecretsAt: now,
    adopt: null,
  }
}
