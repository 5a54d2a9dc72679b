import { type ApiContext, ApiProblem } from '@patkit/api'
import { createFailureCounter, type FailureLimit } from '@patkit/core/adapter'
import { unavailable } from './answer.ts'
import type { ReadClientIp } from './client-ip.ts'

export interface SignInAttempts {
  /** @throws ApiProblem 429 for an address that has used up its failures, and 400 for one that may be hidden */
  begin(request: Request, context: ApiContext): Promise<{ failed(): void }>
}

/** @throws TypeError naming the option that is wrong */
export function createAttempts(
  failureLimit: FailureLimit,
  clientIp: ReadClientIp,
  onError: (cause: unknown) => void,
): SignInAttempts {
  const counter = createFailureCounter(failureLimit, onError)
  return {
    async begin(request, context) {
      if (context.isTruncated) throw new ApiProblem(400, 'invalid_input', 'The request has too many header lines')
      const client = clientIp(request, context)
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
