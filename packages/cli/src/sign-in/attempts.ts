import { type ApiContext, ApiProblem } from '@patkit/api'
import { explainClientAddress, type VerifierOptions } from '@patkit/core'
import { createFailureCounter, type FailureLimit } from '@patkit/core/adapter'
import { unavailable } from './answer.ts'

/** The budget of an address, and how the address of a request is found. */
export interface AddressLimit extends Pick<VerifierOptions<never>, 'trustedProxies' | 'forwardedHeader'> {
  readonly failures: FailureLimit
}

export interface SignInAttempts {
  /** @throws ApiProblem 429 for an address that has used up its failures, and 400 for one that may be hidden */
  begin(request: Request, context: ApiContext): Promise<{ failed(): void }>
}

/** @throws TypeError naming the option that is wrong */
export function createAttempts(
  { failures, ...proxies }: AddressLimit,
  onError: (cause: unknown) => void,
): SignInAttempts {
  const counter = createFailureCounter(failures, onError)
  return {
    async begin({ headers }, { peer = null, isTruncated = false }) {
      if (isTruncated) throw new ApiProblem(400, 'invalid_input', 'The request has too many header lines')
      const { client } = explainClientAddress(Object.fromEntries(headers), peer, proxies)
      const denied = await counter.ask(client)
      if (denied?.reason === 'unavailable') throw unavailable(undefined)
      if (denied !== null) {
        throw new ApiProblem(429, 'rate_limited', 'Too many requests', {
          headers: [['Retry-After', String(denied.retryAfterSeconds)]],
        })
      }
      return { failed: () => counter.count(client) }
    },
  }
}
