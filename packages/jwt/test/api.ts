import {
  type AuditEvent,
  createVerifier,
  type PatError,
  type TokenRecord,
  tokenFormat,
  type VerifierOptions,
} from '@patkit/core'
import { joinedHeader, type RequestReader } from '@patkit/core/adapter'
import { type JwtAlgorithm, type JwtFormatOptions, type JwtIssuer, type JwtKey, jwtFormat } from '@patkit/jwt'
import { ISSUER, NOON, SECRET } from './issuer.ts'

export const reader: RequestReader<string> = {
  header: (token, name) => joinedHeader(['authorization', `Bearer ${token}`], name),
  peer: () => '192.0.2.1',
  context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
}

export const pat = tokenFormat({ prefix: 'acme_pat' })

/** An issuer that shares a secret, which needs no keys to be fetched. */
export function sharedIssuer(rules: Partial<JwtIssuer> = {}): JwtIssuer {
  return { issuer: ISSUER, audience: 'api', algorithms: ['HS256'], key: SECRET, ...rules } as JwtIssuer
}

/** An issuer whose one public key is known. */
export function publicIssuer(key: JwtKey, algorithms: readonly JwtAlgorithm[]): JwtIssuer {
  return { issuer: ISSUER, audience: 'api', algorithms, key }
}

/** A verifier for PATs and JWTs on one clock that is set by hand. */
export function createApi(
  issuers: readonly JwtIssuer[] = [sharedIssuer()],
  options: Partial<JwtFormatOptions> = {},
  switches: Partial<VerifierOptions<TokenRecord>> = {},
) {
  const time = { now: NOON }
  const events: AuditEvent[] = []
  const faults: PatError[] = []
  const refusals: string[] = []
  const table = new Map<string, TokenRecord>()
  const clock = () => time.now
  const verifier = createVerifier<TokenRecord>({
    format: [pat, jwtFormat({ issuers, clock, ...options })],
    resolve: (digest) => table.get(digest),
    audit: (event) => events.push(event),
    onError: (fault) => (fault.code === 'ERR_PAT_TOKEN_REFUSED' ? refusals.push(fault.message) : faults.push(fault)),
    clock,
    ...switches,
  })

  /** The record that a token is let in with, or why it is not. */
  async function use(token: string): Promise<Readonly<TokenRecord> | string> {
    const decision = await verifier.verify(token, reader)
    return decision.ok ? decision.grant.record : decision.reason
  }

  async function outcome(token: string): Promise<string> {
    const used = await use(token)
    return typeof used === 'string' ? used : 'allowed'
  }

  return { verifier, time, events, faults, refusals, table, use, outcome }
}
