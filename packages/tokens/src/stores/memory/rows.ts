import type {
  IdempotentAnswer,
  NewSecret,
  NoticeKey,
  Owner,
  Principal,
  ScopeUses,
  SecretView,
  Token,
} from '../token-store.ts'

export interface SecretRow extends NewSecret, SecretView {
  readonly tokenId: string
}

export interface NoticeRow extends NoticeKey {
  readonly claimedAt: Date
  readonly confirmedAt: Date | null
}

/** The tables of a memory store, by their keys. */
export interface MemoryRows {
  readonly tokens: Map<string, Token>
  /** By their digests. */
  readonly secrets: Map<string, SecretRow>
  /** By the ids of their tokens. */
  readonly scopeUses: Map<string, ScopeUses>
  readonly principals: Map<string, Principal>
  readonly answers: Map<string, IdempotentAnswer>
  readonly notices: Map<string, NoticeRow>
  /** The last number of each sequence. */
  readonly sequences: Map<string, number>
  /** The last batch of uses of each writer. */
  readonly writers: Map<string, number>
}

export function createRows(): MemoryRows {
  return {
    tokens: new Map(),
    secrets: new Map(),
    scopeUses: new Map(),
    principals: new Map(),
    answers: new Map(),
    notices: new Map(),
    sequences: new Map(),
    writers: new Map(),
  }
}

/** The key of a principal, or of a named item of a principal. */
export function keyOf({ organizationId, principalId }: Owner, name = ''): string {
  return JSON.stringify([organizationId, principalId, name])
}

export function owns(where: Owner | Pick<Owner, 'organizationId'>, owned: Owner): boolean {
  const isPrincipal = !('principalId' in where) || where.principalId === owned.principalId
  return isPrincipal && where.organizationId === owned.organizationId
}

/** By code points, as databases that compare bytes of UTF-8 do. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
