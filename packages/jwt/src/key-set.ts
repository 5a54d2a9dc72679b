import { PatError } from '@patkit/core'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose'

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
  const chosen = choosing(remote)
  const refresh = createRefresh(remote.reload, issuer, clock)

  return async (header, token) => {
    if (!isWithin(maxAgeMs, refresh.doneAt, clock())) await refresh.run()
    try {
      return await chosen(header, token)
    } catch (error) {
      const isMissing = error instanceof errors.JWKSNoMatchingKey
      if (!isMissing || isWithin(cooldownMs, refresh.doneAt, clock())) throw error
    }
    await refresh.run()
    return chosen(header, token)
  }
}

/** Where keys say whose tokens they sign, as those of Microsoft Entra do, they count for no other issuer. */
function choosing(remote: ReturnType<typeof createRemoteJWKSet>): JWTVerifyGetKey {
  return (header, token) => {
    const keys: readonly IssuersKey[] = remote.jwks()?.keys ?? []
    if (keys.every(({ issuer }) => issuer === undefined)) return remote(header, token)
    const claims = unverifiedClaims(token)
    return createLocalJWKSet({ keys: keys.filter((key) => signsFor(key, claims)) })(header, token)
  }
}

type IssuersKey = JWK & { readonly issuer?: unknown }

/** Of all tenants of Entra, `{tenantid}` is in the place of the one that the token names. */
function signsFor({ issuer }: IssuersKey, { iss, tid }: JWTPayload): boolean {
  if (issuer === undefined) return true
  return (
    typeof issuer === 'string' && iss === (typeof tid === 'string' ? issuer.replace('{tenantid}', () => tid) : issuer)
  )
}

/** They choose among keys, and the signature is verified with the one that was chosen. */
function unverifiedClaims({ payload }: FlattenedJWSInput): JWTPayload {
  return JSON.parse(Buffer.from(payload as string, 'base64url').toString())
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
