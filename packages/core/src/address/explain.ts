import { proxySettings, type VerifierOptions } from '../options.ts'
import { type AddressReader, createClientAddress, type HopReason } from './client-address.ts'

/** One hop that was looked at, from the peer to the left. */
export interface Hop {
  /** As received: the peer, an entry of `X-Forwarded-For` or an element of `Forwarded`; `null` for an unknown peer. */
  readonly text: string | null
  /** In canonical form; `null` if the text is not an address, and for a unix socket. */
  readonly address: string | null
  readonly trusted: boolean
  readonly reason: HopReason
}

export interface ClientAddressExplanation {
  /** The address that allowlists are compared with; `null` if unknown, which allowlists deny. */
  readonly client: string | null
  readonly hops: readonly Hop[]
}

interface ExplainedRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly peer: string | null
}

const reader: AddressReader<ExplainedRequest> = {
  peer: ({ peer }) => peer,
  header({ headers }, name) {
    const named = Object.entries(headers).filter(([key]) => key.toLowerCase() === name)
    const lines = named.flatMap(([, value]) => value ?? [])
    return lines.length === 0 ? null : lines.join(', ')
  },
}

/**
 * Explains hop by hop how a verifier with these options finds the client address of a request.
 *
 * @example
 * ```ts
 * import { explainClientAddress } from '@patkit/core'
 *
 * const trusted = { trustedProxies: ['10.0.0.0/8'] }
 * const { client, hops } = explainClientAddress({ 'X-Forwarded-For': '192.0.2.1' }, '10.0.0.1', trusted)
 * console.log(client, hops.map(({ text, reason }) => `${text}: ${reason}`))
 * ```
 *
 * @param headers names, in any case, and values; an array holds one line each
 * @param peer the address at the other end of the connection, `'unix'` for a unix socket, `null` where it is unknown
 * @throws TypeError naming the option that is wrong
 */
export function explainClientAddress(
  headers: ExplainedRequest['headers'],
  peer: string | null,
  trusted: Pick<VerifierOptions<never>, 'trustedProxies' | 'forwardedHeader'>,
): ClientAddressExplanation {
  const proxies = proxySettings(trusted.trustedProxies, trusted.forwardedHeader)
  const hops: Hop[] = []
  const find = createClientAddress(proxies, (text, address, reason) => {
    const trusts = reason === 'trusted' || reason === 'leftmost'
    hops.push({ text, address: address?.text ?? null, trusted: trusts, reason })
  })
  const client = find({ headers, peer }, reader)
  return { client: client?.text ?? null, hops }
}
