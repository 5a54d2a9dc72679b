import {
  refuseUnknownMembers,
  validAllowlist,
  validDescription,
  validId,
  validName,
  validScopes,
} from '../input/fields.ts'
import type { Owner, Token } from '../stores/token-store.ts'
import type { Expiry, LifetimePolicy } from './lifetime.ts'
import { expiryOf } from './lifetime.ts'

export interface CreateInput {
  /** 1 to 255 characters, for people. */
  readonly name: string
  readonly description?: string | null
  /** Default none: a token without permissions. */
  readonly scopes?: readonly string[]
  readonly expiry?: Expiry
  /** Addresses and CIDR ranges. */
  readonly ipAllowlist?: readonly string[] | null
  /** The user it acts for: a principal of kind `user` in the owner's organization. */
  readonly userId?: string | null
  /** At least 22 unguessable characters: a repeated call gets the same answer, secret included, for a day. */
  readonly idempotencyKey?: string
}

/** A token before its secret is minted. */
export type NewToken = Omit<Token, 'hint'>

/** The fields of a new token that do not come from the input. */
export interface Origin {
  readonly id: string
  readonly version: number
  readonly owner: Owner
  readonly createdBy: string
  readonly now: Date
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function newToken(
  { id, version, owner, createdBy, now }: Origin,
  input: CreateInput,
  policy: LifetimePolicy,
): NewToken {
  const { name, description, scopes, expiry, ipAllowlist, userId, idempotencyKey: _, ...unknown } = input
  refuseUnknownMembers(unknown)
  return {
    id,
    version,
    organizationId: owner.organizationId,
    principalId: owner.principalId,
    name: validName(name),
    description: validDescription(description ?? null),
    scopes: validScopes('scopes', scopes ?? []),
    userId: userId == null ? null : validId('userId', userId),
    ipAllowlist: validAllowlist(ipAllowlist ?? null),
    createdBy,
    createdAt: now,
    updatedAt: now,
    issuedAt: now,
    expiresAt: expiryOf(expiry, policy, now, now),
    revokedAt: null,
    lastUsedAt: null,
    lastUsedIp: null,
    useCount: 0,
  }
}
