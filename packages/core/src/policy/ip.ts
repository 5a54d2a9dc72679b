import type { Address } from '../address.ts'
import type { DenyReason } from '../decision.ts'
import type { CompiledRecord, TokenRecord } from '../record.ts'

/** Where an allowlist applies, an address that is not known or not readable is refused like a foreign one. */
export function ip(record: CompiledRecord<TokenRecord>, client: Address | null): DenyReason | null {
  if (record.allows === null) return null
  return client !== null && record.allows(client) ? null : 'ip_denied'
}
