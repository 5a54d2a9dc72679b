import type { Requirement } from '../decision.ts'
import type { CompiledRecord, TokenRecord } from '../record.ts'
import { type Scope, scopeName } from '../scopes.ts'
import { mayUse } from './delegation.ts'

type ScopeRequirement = Exclude<Requirement, { readonly kind: 'user' }>

/**
 * Whether a record covers every scope of a requirement, or any of them. Segments that no grant may match
 * deny, and so does a requirement that names nothing.
 */
export function scope(record: CompiledRecord<TokenRecord>, need: ScopeRequirement): boolean {
  const holds = (wanted: Scope) => {
    const name = scopeName(wanted)
    return name !== null && mayUse(record, name)
  }
  return need.kind === 'any' ? need.scopes.some(holds) : need.scopes.length > 0 && need.scopes.every(holds)
}
