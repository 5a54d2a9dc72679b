import type { Expiry } from '@patkit/tokens'
import type { Option } from 'commander'
import { option } from '../command.ts'
import { usageError } from '../errors.ts'
import { requiredDuration, requiredInstant } from './values.ts'

export interface ExpiryOptions {
  readonly expiresIn?: string
  readonly expiresAt?: string
  readonly never?: boolean
}

export const EXPIRY_OPTIONS: readonly Option[] = [
  option('--expires-in <duration>', 'end after 90d, 12h or 30m'),
  option('--expires-at <instant>', 'end at an RFC 3339 instant, such as 2030-01-31T12:00:00Z'),
  option('--never', 'no end, where the policy allows it'),
]

/**
 * The given end of a life; without one, the default of the policy or the earlier end applies.
 *
 * @throws CliError naming the option
 */
export function expiryOf({ expiresIn, expiresAt, never }: ExpiryOptions): { readonly expiry?: Expiry } {
  const given = [expiresIn, expiresAt, never].filter((value) => value !== undefined)
  if (given.length > 1) throw usageError('--expires-in, --expires-at and --never', 'exclude each other')
  if (expiresIn !== undefined) return { expiry: { seconds: requiredDuration('--expires-in', expiresIn) } }
  if (expiresAt !== undefined) return { expiry: requiredInstant('--expires-at', expiresAt) }
  return never === true ? { expiry: null } : {}
}
