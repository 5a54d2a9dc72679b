import { createVerifier } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
import type { StoredRecord, TokenService } from '@patkit/tokens'
import { outage } from './problem.ts'

/** Looks up tokens in the body of a request. A lookup does not count as a use. */
export interface PresentedTokens {
  /** The record of a token that is good now; `null` for any other text. */
  live(token: string): Promise<StoredRecord | null>
  /** Also that of a token that has expired, or whose owner or user is disabled: it may yet come back to life. */
  known(token: string): Promise<StoredRecord | null>
}

type Find = (token: string) => Promise<StoredRecord | null>

/** A header of its own holds the bare token, so that nothing of it is taken for a scheme or for space around it. */
const HEADER = 'x-presented-token'

const READER: RequestReader<string> = {
  header: (token) => token,
  peer: () => null,
  context: () => ({ id: null, method: 'POST', path: null, route: null, userAgent: null }),
}

/**
 * Asks the store each time, and decides as the verifier does. Ignores the allowlist of addresses: the known address is the
 * caller's, not that of the client that presented the token.
 */
export function presentedTokens(tokens: TokenService, onError: (cause: unknown) => void): PresentedTokens {
  const anywhere = { ipAllowlist: null }
  return Object.freeze({
    live: finder(tokens, onError, anywhere),
    known: finder(tokens, onError, { ...anywhere, expiresAt: null, disabled: null }),
  })
}

function finder(tokens: TokenService, onError: (cause: unknown) => void, blind: Partial<StoredRecord>): Find {
  // Without `onUse`: introspection is no use of the token, and adopts no new secret.
  const { resolveMany, format, onUse: _, ...rest } = tokens.verifierOptions
  const verifier = createVerifier<StoredRecord>({
    ...rest,
    // What carries its record with it, as JWTs do, is in no store: its issuer is who to ask.
    format: format.filter(({ read }) => read === undefined),
    header: HEADER,
    cacheTtlSeconds: 0,
    negativeTtlSeconds: 0,
    onError,
    async resolveMany(digests, context) {
      const records = await resolveMany(digests, context)
      return new Map([...records].map(([digest, record]) => [digest, { ...record, ...blind }]))
    },
  })
  return async (token) => {
    const decision = await verifier.verify(token, READER)
    if (decision.ok) return decision.grant.record
    if (decision.reason === 'unavailable') throw outage(undefined)
    return null
  }
}
