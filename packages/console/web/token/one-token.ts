import type { AuditEvent, Token } from '../api/models.ts'
import type { OwnerId } from '../route.ts'

/** What the panels of a token share. Rows change only after the answer of the API. */
export interface OneToken {
  readonly token: Token
  readonly owner: OwnerId
  readonly onChanged: (token: Token) => void
}

/** Events of a token, the newest first, and whether these are all. */
export type Events = { readonly items: readonly AuditEvent[]; readonly isComplete: boolean }
