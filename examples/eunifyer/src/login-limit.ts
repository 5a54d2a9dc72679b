import { ApiProblem } from '@patkit/api'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const MOST_FAILURES = 10
const WINDOW_SECONDS = 60

/** The number of wrong passwords that a user may send. */
export interface LoginLimit {
  /**
   * Counts an attempt, and takes it off again when it was right: of attempts at once, none is free.
   *
   * @throws ApiProblem 429 for an address that has been wrong too often within the minute
   */
  attempt<T>(address: string, login: () => Promise<T | null>): Promise<T | null>
}

/** @param clock by which minutes begin; the library's own only says when it forgets them */
export function createLoginLimit(clock: () => number): LoginLimit {
  const limiter = new RateLimiterMemory({ points: MOST_FAILURES, duration: WINDOW_SECONDS })
  return {
    async attempt(address, login) {
      const seconds = Math.floor(clock() / 1_000)
      const key = `${Math.floor(seconds / WINDOW_SECONDS)} ${address}`
      await limiter.consume(key).catch((refusal) => {
        throw refusal instanceof RateLimiterRes ? tooMany(WINDOW_SECONDS - (seconds % WINDOW_SECONDS)) : refusal
      })
      const session = await login()
      if (session !== null) await limiter.reward(key)
      return session
    },
  }
}

function tooMany(seconds: number): ApiProblem {
  const headers = [['Retry-After', String(seconds)]] as const
  return new ApiProblem(429, 'too_many_requests', 'Email or password was wrong too often', { headers })
}
