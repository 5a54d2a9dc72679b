import type { MintedToken } from '@patkit/core/adapter'
import { refuseUnknownMembers } from '../input/fields.ts'
import type { Change, Token } from '../stores/token-store.ts'
import { TokenError } from '../token-error.ts'
import { type Expiry, expiryOf, type LifetimePolicy, lifeRules, statusOf } from './lifetime.ts'

export interface RegenerateInput {
  /** The end of the new life. Default: the policy's. */
  readonly expiry?: Expiry
  /** At least 22 unguessable characters: a repeated call gets the same answer, secret included, for a day. */
  readonly idempotencyKey?: string
}

/** The fields of a token that a new life sets, before its secret. */
export type Life = Pick<Token, 'issuedAt' | 'expiresAt' | 'revokedAt'>

/**
 * The new life of a token that was revoked or has expired.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID`, `ERR_PAT_TOKEN_ACTIVE`
 */
export function newLife(token: Token, input: RegenerateInput, policy: LifetimePolicy, now: Date): Life {
  const { expiry, idempotencyKey: _, ...unknown } = input
  refuseUnknownMembers(unknown)
  if (statusOf(token, lifeRules(policy), now) === 'active') {
    throw new TokenError('ERR_PAT_TOKEN_ACTIVE', 'the token is active: rotate it instead')
  }
  return { issuedAt: now, expiresAt: expiryOf(expiry, policy, now, now), revokedAt: null }
}

/** A new secret for the new life. Everything else stays. */
export function regenerate(life: Life, secret: MintedToken, now: Date): Change {
  return {
    set: { hint: secret.hint, ...life },
    addSecret: { digest: secret.digest, createdAt: now, awaitsAdoption: false },
    endOtherSecretsAt: now,
    adopt: null,
  }
}
