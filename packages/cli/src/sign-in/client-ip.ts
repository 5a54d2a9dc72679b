import type { ApiContext } from '@patkit/api'
import { explainClientAddress, type VerifierOptions } from '@patkit/core'

/** How the address of a client is found behind proxies, as verifiers find it. */
export type ProxyOptions = Pick<VerifierOptions<never>, 'trustedProxies' | 'forwardedHeader'>

/** The client address of a request; `null` where it is unknown, and where header lines may be missing. */
export type ReadClientIp = (request: Request, context: ApiContext) => string | null

/** @throws TypeError naming the option that is wrong */
export function clientIpReader(proxies: ProxyOptions): ReadClientIp {
  // Checks the options now, not at the first sign-in.
  explainClientAddress({}, null, proxies)
  return ({ headers }, { peer = null, isTruncated = false }) =>
    isTruncated ? null : explainClientAddress(Object.fromEntries(headers), peer, proxies).client
}
