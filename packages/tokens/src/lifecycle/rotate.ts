import type { MintedToken } from '@patkit/core/adapter'
import { refuseUnknownMembers, validCount } from '../input/fields.ts'
import type { Change, Token } from '../stores/token-store.ts'
import { type LifetimePolicy, lifeRules, requireActive } from './lifetime.ts'

export interface RotateInput {
  /** How long the previous secret stays valid, unless the new one is used earlier. Default 0: it ends at once. */
  readonly overlapSeconds?: number
  /** At least 22 unguessable characters: a repeated call gets the same answer, secret included, for a day. */
  readonly idempotencyKey?: string
  /**
   * The digest of the secret that a token presents to rotate itself. Refused where that secret has ended
   * (`ERR_PAT_SECRET_ENDED`) or has a successor (`ERR_PAT_SECRET_SUPERSEDED`); a repeated call is answered while it lives.
   */
  readonly presentedDigest?: string
}

interface RotationRules {
  readonly policy: LifetimePolicy & { readonly maximumOverlapSeconds: number }
  readonly now: Date
}

/**
 * A new secret for a live token. Everything else stays.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID`, `ERR_PAT_TOKEN_NOT_ACTIVE`
 */
export function rotate(token: Token, input: RotateInput, secret: MintedToken, { policy, now }: RotationRules): Change {
  const { overlapSeconds = 0, idempotencyKey: _, presentedDigest: __, ...unknown } = input
  refuseUnknownMembers(unknown)
  const overlap = validCount('overlapSeconds', overlapSeconds, 0, policy.maximumOverlapSeconds)
  requireActive(token, lifeRules(policy), now)
  return {
    set: { hint: secret.hint },
    addSecret: { digest: secret.digest, createdAt: now, awaitsAdoption: overlap > 0 },
    endOtherSecretsAt: new Date(now.getTime() + overlap * 1_000),
    adopt: null,
  }
}
