import { explainClientAddress } from '@patkit/core'
import type { ClientAddressExplanation } from '@patkit/core/adapter'
import type { Option } from 'commander'
import { option, repeatable, type Session } from '../command.ts'
import { usageError } from '../errors.ts'
import { choice } from './values.ts'

/** A request as a proxy would hand it on, and whom to believe. */
export interface ClientOptions {
  readonly header?: readonly string[]
  readonly peer?: string
  readonly trustedProxy?: readonly string[]
  readonly forwardedHeader?: string
}

export const CLIENT_OPTIONS: readonly Option[] = [
  repeatable('--header <line>', "a header of the request, 'Name: value'"),
  option('--peer <address>', "the address of the connection, or 'unix'"),
  repeatable('--trusted-proxy <address>', "an address, a CIDR range or 'unix', instead of the configuration's"),
  option('--forwarded-header <name>', 'x-forwarded-for or forwarded (x-forwarded-for)'),
]

const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)$/

/** @returns `null` where no request is described */
export function clientAddress({ settings }: Session, given: ClientOptions): ClientAddressExplanation | null {
  const { header = [], peer, trustedProxy, forwardedHeader } = given
  if (peer === undefined) {
    if (header.length > 0 || trustedProxy !== undefined) throw usageError('--peer', 'is needed for these options')
    return null
  }
  const trusted = {
    trustedProxies: trustedProxy ?? settings.rules.trustedProxies,
    forwardedHeader:
      forwardedHeader === undefined
        ? settings.rules.forwardedHeader
        : choice('--forwarded-header', forwardedHeader.toLowerCase(), ['x-forwarded-for', 'forwarded']),
  }
  try {
    return explainClientAddress(headersOf(header), peer, trusted)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw usageError('--trusted-proxy', "must be an address, a CIDR range or 'unix'")
  }
}

/** Lines of one name stay lines of one header. */
function headersOf(lines: readonly string[]): Record<string, readonly string[]> {
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? []
    if (name === undefined || value === undefined) throw usageError('--header', "must be 'Name: value'")
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value])
  }
  return Object.fromEntries(headers)
}
