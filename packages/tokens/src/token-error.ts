/** The reason of a refusal. Closed: a new reason gets a new code. */
export type TokenErrorCode =
  | 'ERR_PAT_INPUT_INVALID'
  | 'ERR_PAT_TOKEN_NOT_FOUND'
  | 'ERR_PAT_TOKEN_NOT_ACTIVE'
  | 'ERR_PAT_TOKEN_ACTIVE'
  | 'ERR_PAT_TOKEN_LIMIT'
  | 'ERR_PAT_TOKEN_CONFLICT'
  | 'ERR_PAT_SCOPE_NOT_HELD'
  | 'ERR_PAT_SCOPE_COVERED'
  | 'ERR_PAT_PRINCIPAL_NOT_FOUND'
  | 'ERR_PAT_PRINCIPAL_DISABLED'
  | 'ERR_PAT_USER_NOT_FOUND'
  | 'ERR_PAT_IDEMPOTENCY_MISMATCH'
  | 'ERR_PAT_IDEMPOTENCY_ENDED'
  | 'ERR_PAT_SECRET_SUPERSEDED'
  | 'ERR_PAT_SECRET_ENDED'

/** A refused verb, which has written nothing. `field` names the wrong input, or is `null`. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  readonly field: string | null

  constructor(code: TokenErrorCode, message: string, field: string | null = null) {
    super(message)
    this.code = code
    this.field = field
  }
}

export function invalidInput(field: string, problem: string): TokenError {
  return new TokenError('ERR_PAT_INPUT_INVALID', `${field} ${problem}`, field)
}

export function tokenNotFound(): TokenError {
  return new TokenError('ERR_PAT_TOKEN_NOT_FOUND', 'no token matches')
}

export function principalNotFound(): TokenError {
  return new TokenError('ERR_PAT_PRINCIPAL_NOT_FOUND', 'no principal matches')
}

export function userNotFound(): TokenError {
  return new TokenError('ERR_PAT_USER_NOT_FOUND', 'no user in this organization has this id', 'userId')
}

export function limitReached(): TokenError {
  return new TokenError('ERR_PAT_TOKEN_LIMIT', 'the principal has reached its token limit')
}
