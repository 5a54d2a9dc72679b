import { type MintedToken, mintedToken } from '@patkit/core/adapter'
import type { ServiceContext } from '../service-context.ts'
import type { IdempotentAnswer, Owner, StoredRecord } from '../stores/token-store.ts'
import { TokenError } from '../token-error.ts'
import type { Issued } from '../token-service.ts'
import type { Actor } from './delegation.ts'
import { type IdempotencyKey, idempotencyKey, requestHash } from './idempotency.ts'
import type { Requirements } from './requirements.ts'

/** A request that the client may send again with the same key. Its answer is kept for a day. */
export interface RepeatableRequest {
  readonly actor: Actor
  readonly owner: Owner
  readonly key: IdempotencyKey
  readonly requestHash: string
  /** The secret that the client presents, which must be live when an answer is repeated; `null` without one. */
  readonly presentedDigest: string | null
}

interface RequestFacts {
  readonly idempotencyKey: string | undefined
  /** What the client sent beside the key. */
  readonly request: object
  readonly presentedDigest?: string | null
}

export interface Replays {
  /**
   * @returns `null` for a request without a key
   * @throws TokenError `ERR_PAT_INPUT_INVALID` on `idempotencyKey`
   */
  repeatable(actor: Actor, owner: Owner, facts: RequestFacts): RepeatableRequest | null
  /** The answer to keep with the change; `null` for a request without a key. */
  answerOf(request: RepeatableRequest | null, secret: MintedToken, tokenId: string): IdempotentAnswer | null
  /** The answer of an earlier request with the same key; `null` for the first one. */
  find(request: RepeatableRequest | null): Promise<Issued | null>
  /** Refuses a secret that has ended or has a successor: it could take the token over from that one. */
  requireNewest(digest: string): Promise<void>
}

const ANSWER_MS = 86_400_000

export function createReplays(context: ServiceContext, requirements: Requirements): Replays {
  const { store, clock, view } = context

  async function livePresented(digest: string): Promise<StoredRecord> {
    const record = (await store.resolveMany([digest])).get(digest)
    if (record === undefined || (record.secretEndsAt !== null && record.secretEndsAt.getTime() <= clock())) {
      throw new TokenError('ERR_PAT_SECRET_ENDED', 'the presented secret has ended')
    }
    return record
  }

  return {
    repeatable(actor, owner, { idempotencyKey: text, request, presentedDigest = null }) {
      if (text === undefined) return null
      const key = idempotencyKey(text, [owner.organizationId, owner.principalId, actor.id])
      return { actor, owner, key, requestHash: requestHash(request), presentedDigest }
    },
    answerOf(request, secret, tokenId) {
      if (request === null) return null
      const { key, requestHash } = request
      const expiresAt = new Date(clock() + ANSWER_MS)
      return { keyHash: key.hash, requestHash, tokenId, sealed: key.seal(secret), expiresAt }
    },
    async find(request) {
      if (request === null) return null
      const { actor, owner, key, presentedDigest } = request
      const answer = await store.findAnswer(owner, key.hash, context.now())
      if (answer === null) return null
      if (presentedDigest !== null) await livePresented(presentedDigest)
      const sealed = requireSealed(answer, request)
      const token = await requirements.requireToken(owner, answer.tokenId)
      await requirements.requireScopesOf(actor, owner, token)
      const secret = key.open(sealed)
      return { token: view(token), secret: mintedToken(secret.token, secret.hint, secret.digest), replayed: true }
    },
    async requireNewest(digest) {
      const { secretEndsAt } = await livePresented(digest)
      if (secretEndsAt === null) return
      throw new TokenError('ERR_PAT_SECRET_SUPERSEDED', 'the token has a newer secret')
    },
  }
}

function requireSealed(answer: IdempotentAnswer, request: RepeatableRequest): string {
  if (answer.requestHash !== request.requestHash) {
    const problem = 'the idempotency key was used for another request'
    throw new TokenError('ERR_PAT_IDEMPOTENCY_MISMATCH', problem, 'idempotencyKey')
  }
  if (answer.sealed === null) {
    const problem = 'the idempotency key was used for a secret that has ended'
    throw new TokenError('ERR_PAT_IDEMPOTENCY_ENDED', problem, 'idempotencyKey')
  }
  return answer.sealed
}
