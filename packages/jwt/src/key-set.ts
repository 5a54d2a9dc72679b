import { PatError } from '@patkit/core'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/** When the keys of an issuer are fetched. Durations in milliseconds. */
export interface KeySchedule {
  readonly maxAgeMs: number
  readonly cooldownMs: number
  readonly timeoutMs: number
  readonly clock: () => number
}

/** How long after a failure the keys are fetched again. */
const RETRY_MS = 1_000
/** Of the lookups that may be pending, other tokens need some while keys are on their way. */
const MOST_WAITING = 250

/**
 * Finds the key of a JWT in the set that its issuer publishes: fetched when it is first needed, when it is too old, and,
 * at most once in a cooldown, for a key it does not hold. jose fetches and chooses, but keeps time by a clock of its
 * own and tries again at every token while the issuer is away: so when to fetch is decided here.
 *
 * @throws PatError (the function) `ERR_PAT_FORMAT_FAILED` when keys are needed and cannot be had
 */
export function createKeySet(url: URL, issuer: string, schedule: KeySchedule): JWTVerifyGetKey {
  const { clock, maxAgeMs, cooldownMs, timeoutMs } = schedule
  const never = Number.POSITIVE_INFINITY
  const remote = createRemoteJWKSet(url, { timeoutDuration: timeoutMs, cooldownDuration: never, cacheMaxAge: never })
  const refresh = createRefresh(remote.reload, issuer, clock)

  return async (header, token) => {
    if (!isWithin(maxAgeMs, refresh.doneAt, clock())) await refresh.run()
    try {
      return await remote(header, token)
    } catch (error) {
      const isMissing = error instanceof errors.JWKSNoMatchingKey
      if (!isMissing || isWithin(cooldownMs, refresh.doneAt, clock())) throw error
    }
    await refresh.run()
    return remote(header, token)
  }
}

interface Refresh {
  /** When the last fetch that succeeded began, in epoch milliseconds. */
  readonly doneAt: number
  /** Fetches once for all who wait; after a failure, not again before its time. */
  run(): Promise<void>
}

function createRefresh(reload: () => Promise<void>, issuer: string, clock: () => number): Refresh {
  let doneAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let failure: PatError | null = null
  let running: Promise<void> | null = null
  let waiting = 0
  const fault = (problem: string, cause?: unknown) =>
    new PatError('ERR_PAT_FORMAT_FAILED', `jwtFormat: keys of issuer ${JSON.stringify(issuer)} ${problem}`, cause)
  const crowded = fault('are waited for by too many requests')

  async function fetchKeys(): Promise<void> {
    const begunAt = clock()
    try {
      await reload()
      doneAt = begunAt
      failure = null
    } catch (cause) {
      failedAt = clock()
      failure = fault('could not be fetched', cause)
      throw failure
    } finally {
      running = null
    }
  }

  return {
    get doneAt() {
      return doneAt
    },
    async run() {
      // The same object, so that it is reported once.
      if (failure !== null && isWithin(RETRY_MS, failedAt, clock())) throw failure
      if (waiting >= MOST_WAITING) throw crowded
      waiting++
      try {
        running ??= fetchKeys()
        await running
      } finally {
        waiting--
      }
    },
  }
}

/** Less than a duration ago. An instant in the future is not: the clock has stepped back since. */
function isWithin(durationMs: number, instant: number, now: number): boolean {
  return now >= instant && now - instant < durationMs
}
