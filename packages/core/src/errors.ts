/** The faults patkit reports through `onError` or throws at a programmer's mistake. Closed: a new fault gets a new code. */
export type PatErrorCode =
  | 'ERR_PAT_RESOLVER_FAILED'
  | 'ERR_PAT_RESOLVER_TIMEOUT'
  | 'ERR_PAT_TOO_MANY_LOOKUPS'
  | 'ERR_PAT_RECORD_INVALID'
  | 'ERR_PAT_RECORD_STALE'
  | 'ERR_PAT_CHANNEL_FAILED'
  | 'ERR_PAT_AUDIT_OVERFLOW'
  | 'ERR_PAT_AUDIT_REFUSED'
  | 'ERR_PAT_FORMAT_FAILED'
  | 'ERR_PAT_TOKEN_REFUSED'
  | 'ERR_PAT_REQUEST_UNREADABLE'
  | 'ERR_PAT_HEADERS_TRUNCATED'
  | 'ERR_PAT_ADDRESS_UNREADABLE'
  | 'ERR_PAT_CLOCK_FAILED'
  | 'ERR_PAT_AUDIT_FAILED'
  | 'ERR_PAT_USE_UNHEARD'
  | 'ERR_PAT_GUARD_WITHOUT_AUTH'
  | 'ERR_PAT_GUARD_SCOPE'
  | 'ERR_PAT_GUARD_PASSED'
  | 'ERR_PAT_REQUEST_ID_FAILED'
  | 'ERR_PAT_WAIT_UNTIL_FAILED'

/** A fault with a stable `code`. What caused it is at `cause`; the message holds neither token nor digest. */
export class PatError extends Error {
  override readonly name = 'PatError'
  readonly code: PatErrorCode

  constructor(code: PatErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
