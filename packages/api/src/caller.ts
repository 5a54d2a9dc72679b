import {
  type Awaitable,
  type Challenge,
  covers,
  type Decision,
  type RequestReader,
  type Requirement,
  type ScopeOptions,
  type TokenRecord,
  type Verifier,
} from '@patkit/core'
import type { Principal } from '@patkit/tokens'
import { forbidden } from './problem.ts'

/** Who asks, as the host application knows it. Nothing of it is ever taken from the body of a request. */
export interface Caller {
  /** Who did it, in the history of tokens. */
  readonly id: string
  readonly organizationId: string
  /** Whose tokens its own are; `null` for a caller that owns none, such as an operator. */
  readonly principalId: string | null
  /** The scopes it can give away, for a token `heldScopes`; `null` where the owner's ceiling alone limits it. */
  readonly scopes: readonly string[] | null
  /** Whether it may manage the tokens of another principal of its organization. */
  readonly manages: (principal: Principal) => boolean
  /** Whether it may see and change what belongs to the organization: principals, and the audit log. */
  readonly administers: boolean
}

/** A denial, ready to be answered. */
export interface Unauthenticated {
  readonly challenge: Challenge
}

/** A request as it has arrived at the API. */
export interface Arriving {
  readonly request: Request
  /** The address at the other end of the connection, where the runtime tells. */
  readonly peer: string | null
}

/** Says who asks; `null` for nobody that is known. What it throws is an outage: 503. */
export type Authenticate = (arriving: Arriving) => Awaitable<Caller | Unauthenticated | null>

export interface TokenCallersOptions<R extends TokenRecord> {
  readonly verifier: Verifier<R>
  /** Who the holder of a token is; `null` for one that may not manage anything: 403. */
  readonly callerOf: (record: Readonly<R>) => Awaitable<Caller | null>
  /** What a token must hold to manage tokens at all; `null` where the record says enough, as for a user's JWT. */
  readonly scopeOf: (record: Readonly<R>) => string | null
}

/** What a token can do at present: its scopes, as far as its owner's ceiling still covers them. */
export function heldScopes({ scopes, ceiling }: TokenRecord, rules: ScopeOptions = {}): readonly string[] {
  return ceiling === undefined ? scopes : scopes.filter((scope) => covers(ceiling, [scope], rules))
}

/** Reads fetch requests for a verifier. */
export const arrivingReader: RequestReader<Arriving> = {
  header: ({ request }, name) => request.headers.get(name),
  peer: ({ peer }) => peer,
  context: ({ request }) => ({
    id: request.headers.get('x-request-id'),
    method: request.method,
    path: new URL(request.url).pathname,
    route: null,
    userAgent: request.headers.get('user-agent'),
  }),
}

/** Callers known by the token they present, on the record of the verifier's audit like every other use. */
export function tokenCallers<R extends TokenRecord>(options: TokenCallersOptions<R>): Authenticate {
  const { verifier, callerOf, scopeOf } = options
  const refused = (decision: Decision<R>, arriving: Arriving): Unauthenticated | null => {
    if (decision.ok) return null
    return { challenge: verifier.challenge(decision, arrivingReader.context(arriving).id) }
  }
  return async (arriving) => {
    const verified = await verifier.verify(arriving, arrivingReader)
    if (!verified.ok) return refused(verified, arriving)
    const record = verified.grant.record
    const scope = scopeOf(record)
    if (scope !== null) {
      const need: Requirement = { kind: 'all', scopes: [scope] }
      const permitted = refused(await verifier.authorize(verified, need, arriving, arrivingReader), arriving)
      if (permitted !== null) return permitted
    }
    const caller = await callerOf(record)
    if (caller === null) throw forbidden()
    return caller
  }
}
