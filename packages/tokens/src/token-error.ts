/** Why a verb was refused. Closed: a new reason gets a new code. */
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

/** A verb that was refused; nothing has been written. `field` names the input that is to blame, where one is. */
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
