import type { Denied, TokenRecord, Verifier } from '@patkit/core'
import type { Awaitable, Challenge, RequestReader, Requirement } from '@patkit/core/adapter'
import { refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import type { NewPrincipal, Principal } from '@patkit/tokens'
import { forbidden } from './problem.ts'

/** The caller, as the host application knows it. No member is ever taken from the body of a request. */
export interface Caller {
  /** The actor in the history of tokens. */
  readonly id: string
  readonly organizationId: string
  /** The principal that owns the caller's tokens; `null` for a caller without tokens of its own, such as an operator. */
  readonly principalId: string | null
  /**
   * What its own principal is made as where it is missing when it creates its first token. For signed-in users: callers
   * known by a token make none. Left out, that request is answered 409.
   */
  readonly principal?: NewPrincipal
  /** The scopes it can give away, for a token its `effectiveScopes`; `null` where the owner's ceiling alone limits it. */
  readonly scopes: readonly string[] | null
  /**
   * Whether it may manage the tokens of another principal of its organization; principals it rejects are answered as 404.
   * `null` for a caller that manages only its own tokens: any other principal is 403.
   */
  readonly manages: ((principal: Principal) => Awaitable<boolean | Unauthenticated>) | null
  /** Whether its tokens may act for this user, other than itself and the token's owner. Default: never. */
  readonly actsFor?: (userId: string) => boolean
  /** Whether it may see and change data of the organization: principals and the audit log. */
  readonly administers: boolean
}

/** Marks callers of `tokenCallers`. A copy of such a caller has it, too. */
const KNOWN_BY_TOKEN = Symbol('patkit.known-by-token')

/** Whether the token that a caller is known by may be used to read and change principals. */
type MayManagePrincipals = () => Awaitable<boolean | Unauthenticated>

/** Whether the caller was known by a token. */
export function isKnownByToken(caller: Caller): boolean {
  return KNOWN_BY_TOKEN in caller
}

/** What the token of a caller says about principals; `null` for a caller that was not known by a token. */
export function principalPermission(caller: Caller): MayManagePrincipals | null {
  return (caller as { readonly [KNOWN_BY_TOKEN]?: MayManagePrincipals })[KNOWN_BY_TOKEN] ?? null
}

/** A denial of the verifier's, ready to be answered. */
export interface Unauthenticated {
  readonly challenge: Challenge
}

/** A request as it has arrived at the API. */
export interface IncomingRequest {
  readonly request: Request
  /** The address at the other end of the connection, where the runtime tells. */
  readonly peer: string | null
  /** Whether the server may have dropped header lines of the request. Default `false`. */
  readonly isTruncated?: boolean
}

/** Identifies the caller; `null` for an unknown one. What it throws is an outage: 503. */
export type Authenticate = (arriving: IncomingRequest) => Awaitable<Caller | Unauthenticated | null>

/** Whether a scope may be used, decided as a guard decides, and on record where it may not. */
export type Permits = (scope: string) => Awaitable<true | Unauthenticated>

export interface TokenCallersOptions<R extends TokenRecord> {
  readonly verifier: Verifier<R>
  /** Who the holder of a token is; `null` for one that may not manage anything: 403. */
  readonly callerOf: (record: Readonly<R>, permits: Permits) => Awaitable<Caller | null>
  /** What a token must hold to manage tokens at all; `null` where the record says enough, as for a user's JWT. */
  readonly scopeOf: (record: Readonly<R>) => string | null
  /**
   * What the token of an administrator must hold to list, read, add, change or remove principals; `null` where the
   * record says enough, as for a user's JWT. Left out, callers known by a token do none of this.
   */
  readonly principalScopeOf?: (record: Readonly<R>) => string | null
}

/** Reads fetch requests for a verifier. */
export const fetchRequestReader: RequestReader<IncomingRequest> = {
  header: ({ request }, name) => request.headers.get(name),
  peer: ({ peer }) => peer,
  isTruncated: ({ isTruncated }) => isTruncated === true,
  context: ({ request }) => ({
    id: request.headers.get('x-request-id'),
    method: request.method,
    path: new URL(request.url).pathname,
    route: null,
    userAgent: request.headers.get('user-agent'),
  }),
}

/**
 * Callers known by the token they present, on the record of the verifier's audit like every other use.
 *
 * @throws TypeError naming the option that is wrong
 *
 * @example
 * ```ts
 * import { tokenCallers } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const authenticate = tokenCallers({
 *   verifier,
 *   scopeOf: () => 'tokens:manage',
 *   callerOf: ({ organizationId, principalId, scopes }) => ({
 *     id: principalId,
 *     organizationId,
 *     principalId,
 *     scopes,
 *     manages: null,
 *     administers: false,
 *   }),
 * })
 * ```
 */
export function tokenCallers<R extends TokenRecord>(options: TokenCallersOptions<R>): Authenticate {
  const { verifier, callerOf, scopeOf, principalScopeOf } = checkedOptions(options)
  const unauthenticated = (denied: Denied, arriving: IncomingRequest): Unauthenticated => {
    return { challenge: verifier.challenge(denied, fetchRequestReader.context(arriving).id) }
  }
  return async (arriving) => {
    const verified = await verifier.verify(arriving, fetchRequestReader)
    if (!verified.ok) return unauthenticated(verified, arriving)
    const record = verified.grant.record
    const permits = async (scope: string): Promise<true | Unauthenticated> => {
      const need: Requirement = { kind: 'all', scopes: [scope] }
      const decision = await verifier.authorize(verified, need, arriving, fetchRequestReader)
      return decision.ok ? true : unauthenticated(decision, arriving)
    }
    const scope = scopeOf(record)
    const permitted = scope === null ? true : await permits(scope)
    if (permitted !== true) return permitted
    const caller = await callerOf(record, permits)
    if (caller === null) throw forbidden()
    const mayManagePrincipals: MayManagePrincipals = () => {
      const needed = principalScopeOf?.(record)
      return typeof needed === 'string' ? permits(needed) : needed === null
    }
    return { ...caller, [KNOWN_BY_TOKEN]: mayManagePrincipals }
  }
}

function checkedOptions<R extends TokenRecord>(options: TokenCallersOptions<R>): TokenCallersOptions<R> {
  const { verifier, callerOf, scopeOf, principalScopeOf, ...unknown } = options
  refuseUnknownOptions(unknown)
  if (typeof verifier?.verify !== 'function') throw wrongOption('verifier', 'must be a verifier')
  for (const [name, value] of Object.entries({ callerOf, scopeOf })) {
    if (typeof value !== 'function') throw wrongOption(name, 'must be a function')
  }
  if (principalScopeOf !== undefined && typeof principalScopeOf !== 'function') {
    throw wrongOption('principalScopeOf', 'must be a function')
  }
  return { verifier, callerOf, scopeOf, ...(principalScopeOf !== undefined && { principalScopeOf }) }
}
