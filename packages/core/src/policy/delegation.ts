import type { CompiledRecord, TokenRecord } from '../record.ts'
import { hasScope } from '../scope-set.ts'

/** A token can do what both it and its owner can do: its scopes and the owner's live ceiling must have the scope. */
export function mayUse(record: CompiledRecord<TokenRecord>, scope: string): boolean {
  return hasScope(record.scopes, scope) && (record.ceiling === null || hasScope(record.ceiling, scope))
}
