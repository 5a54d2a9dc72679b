import {
  type AuditEvent,
  createVerifier,
  type PatError,
  type TokenRecord,
  tokenFormat,
  type VerifierOptions,
} from '@patkit/core'
import {
  createAdapter,
  joinedHeader,
  type MintedToken,
  type Outcome,
  type Refused,
  type RequestReader,
} from '@patkit/core/adapter'

/** The smallest request an adapter can read. */
export interface Request {
  readonly rawHeaders: readonly string[]
  readonly peer?: string
  readonly path?: string
}

export const reader: RequestReader<Request> = {
  header: (request, name) => joinedHeader(request.rawHeaders, name),
  peer: (request) => request.peer ?? null,
  context: (request) => ({
    id: joinedHeader(request.rawHeaders, 'x-request-id'),
    method: 'GET',
    path: request.path ?? null,
    route: '/files',
    userAgent: joinedHeader(request.rawHeaders, 'user-agent'),
  }),
}

export type OnDeny = (refused: Refused<OnDeny>) => void
/** An adapter whose middleware is the check itself. */
export const adapter = createAdapter<Request, OnDeny, (request: Request) => Promise<Outcome<OnDeny>>>(
  reader,
  (check) => async (request) => check(request),
)

export const format = tokenFormat({ prefix: 'acme_pat' })
export const NOON = Date.UTC(2026, 0, 1, 12)

export function recordOf(token: MintedToken, members: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: 'tok_1',
    digest: token.digest,
    scopes: ['drive:read'],
    expiresAt: null,
    revokedAt: null,
    ipAllowlist: null,
    userId: null,
    ...members,
  }
}

export function bearing(token: MintedToken | string, peer?: string): Request {
  const credential = typeof token === 'string' ? token : token.reveal()
  const rawHeaders = ['Authorization', `Bearer ${credential}`]
  return peer === undefined ? { rawHeaders } : { rawHeaders, peer }
}

/** A verifier over a table in memory, with a clock that is set by hand and everything it does on record. */
export function createApi(options: Partial<VerifierOptions<TokenRecord>> = {}) {
  const table = new Map<string, TokenRecord>()
  const asked: string[] = []
  const events: AuditEvent[] = []
  const faults: PatError[] = []
  const time = { now: NOON }
  const verifier = createVerifier<TokenRecord>({
    format,
    resolve(digest) {
      asked.push(digest)
      return table.get(digest)
    },
    audit: (event) => events.push(event),
    onError: (fault) => faults.push(fault),
    clock: () => time.now,
    ...options,
  })

  function issue(members: Partial<TokenRecord> = {}): MintedToken {
    const token = format.mint()
    table.set(token.digest, recordOf(token, members))
    return token
  }

  /** `allowed`, or why not. */
  async function outcome(request: Request): Promise<string> {
    const decision = await verifier.verify(request, reader)
    return decision.ok ? 'allowed' : decision.reason
  }

  return { verifier, table, asked, events, faults, time, issue, outcome }
}
