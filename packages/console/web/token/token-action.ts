import type { Token } from '../api/models.ts'
import type { TextKey } from '../text/translate.ts'

/** A dialog of a token's page. */
export type TokenAction = 'edit' | 'rotate' | 'revoke' | 'regenerate' | 'delete'

type Row = readonly [action: TokenAction, text: TextKey]

const ROWS: readonly Row[] = [
  ['edit', 'token.edit'],
  ['rotate', 'rotate.submit'],
  ['revoke', 'end.revoke'],
  ['regenerate', 'end.regenerate'],
  ['delete', 'end.delete'],
]

/** The dialogs that the state of a token allows. */
export function actionsOf(token: Pick<Token, 'status' | 'revoked_at'>): readonly Row[] {
  return ROWS.filter(([action]) => allows(action, token))
}

export function allows(action: TokenAction, { status, revoked_at }: Pick<Token, 'status' | 'revoked_at'>): boolean {
  if (action === 'rotate') return status === 'active'
  if (action === 'regenerate') return status !== 'active'
  if (action === 'edit') return status !== 'revoked'
  return action === 'delete' || revoked_at === null
}
