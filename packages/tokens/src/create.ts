import { refuseUnknownMembers, validAllowlist, validDescription, validId, validName, validScopes } from './input.ts'
import type { Expiry, LifetimePolicy } from './lifetime.ts'
import { expiryOf } from './lifetime.ts'
import type { Owner, Token } from './store.ts'

export interface CreateInput {
  /** 1 to 100 characters, for people. */
  readonly name: string
  readonly description?: string | null
  /** None by default: a token that can do nothing yet. */
  readonly scopes?: readonly string[]
  readonly expiry?: Expiry
  /** Addresses and CIDR ranges. */
  readonly ipAllowlist?: readonly string[] | null
  /** The user it acts for: a principal of kind `user` in the owner's organization. */
  readonly userId?: string | null
  /** At least 22 unguessable characters: who sends them again is given the same answer, secret included, for a day. */
  readonly idempotencyKey?: string
}

/** What is written of a token before its secret is minted. */
export type Draft = Omit<Token, 'hint'>

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function draft(
  id: string,
  owner: Owner,
  createdBy: string,
  input: CreateInput,
  policy: LifetimePolicy,
  now: Date,
): Draft {
  const { name, description, scopes, expiry, ipAllowlist, userId, idempotencyKey: _, ...unknown } = input
  refuseUnknownMembers(unknown)
  return {
    id,
    version: 1,
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
