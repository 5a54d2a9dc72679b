import type { CompiledRecord, TokenRecord } from '../record.ts'

/** A token can do what both it and its owner can do: its scopes and the owner's live ceiling must hold the scope. */
export function covers(record: CompiledRecord<TokenRecord>, scope: string): boolean {
  return record.scopes.has(scope) && (record.ceiling === null || record.ceiling.has(scope))
}
