import type { Action } from '../../src/page-config.ts'
import type { Token } from '../api/models.ts'
import type { TextKey } from '../text/translate.ts'

const TEXTS: Readonly<Record<Action, TextKey>> = {
  view: 'tokens.view',
  edit: 'token.edit',
  rotate: 'rotate.submit',
  revoke: 'end.revoke',
  regenerate: 'end.regenerate',
  delete: 'end.delete',
}

type Row = readonly [action: Action, text: TextKey]

/** Those of the actions that the state of a token allows. */
export function actionsOf(token: Pick<Token, 'status' | 'revoked_at'>, actions: readonly Action[]): readonly Row[] {
  return actions.filter((action) => allows(action, token)).map((action) => [action, TEXTS[action]])
}

export function allows(action: Action, { status, revoked_at }: Pick<Token, 'status' | 'revoked_at'>): boolean {
  if (action === 'rotate') return status === 'active'
  if (action === 'regenerate') return status !== 'active'
  if (action === 'edit') return status !== 'revoked'
  return action === 'view' || action === 'delete' || revoked_at === null
}
