import type { Change } from '../contract/changed-core.ts'

/** A part of core that keeps the promise, the code without which it is gone, and what the oracle says then. */
export interface Safeguard extends Change {
  readonly name: string
  readonly broken: RegExp
}

export const SAFEGUARDS: readonly Safeguard[] = [
  {
    name: 'generation',
    file: 'lookup/cache.ts',
    find: '{ key, value, begunAt, generation }',
    replace: '{ key, value, begunAt, generation: invalidations.generation }',
    broken: /allowed: at once: \{"kind":"(?:token","id":"t\d","minVersion":null|principal|organization|all)/,
  },
  {
    name: 'version',
    file: 'lookup/invalidation.ts',
    find: 'return version === null ? begun >= floor.versioned : version >= floor.minVersion',
    replace: 'return begun >= floor.versioned',
    broken: /allowed: at once: \{"kind":"token","id":"t\d","minVersion":\d/,
  },
  {
    name: 'version kept through a gap',
    file: 'lookup/invalidation.ts',
    find: "if (what.kind === 'all') doubtEverything()",
    replace: "if (what.kind === 'all') for (let times = 0; times < 2; times++) fold()",
    broken: /allowed: at once: \{"kind":"token","id":"t\d","minVersion":\d/,
  },
  {
    name: 'lease',
    file: 'lookup/lease.ts',
    find: 'return follower.upToDate(now) || follower.distrust()',
    replace: 'return true',
    broken: /allowed: lease: /,
  },
  {
    name: 'dropped flight, in a process that was paused',
    file: 'lookup/lookups.ts',
    find: 'now - lookup.begunAt <= resolveTimeoutMs && ',
    replace: '',
    broken: /allowed: time-out: call \d+ was made \d+ ms ago/,
  },
  {
    name: 'dropped flight, when the time is up',
    file: 'async.ts',
    find: 'reject(late())',
    replace: 'void late()',
    broken: /answered: #\d+ has no answer/,
  },
  {
    name: 'failure that is not remembered',
    file: 'lookup/cache.ts',
    find: 'flights.delete(key)',
    replace: '',
    broken: /unavailable: nothing failed|recovered: /,
  },
  {
    name: 'expiry cap',
    file: 'lookup/cache.ts',
    find: 'isFresh(known, now, ttlMs) && isLive(known.value as V, now)',
    replace: 'isFresh(known, now, ttlMs)',
    broken: /expired: TTL: /,
  },
  {
    name: 'audited decision, checked before it is answered',
    file: 'settlement.ts',
    find: 'if (lookup === null || lookups.admits(lookup)) break',
    replace: 'break',
    broken: /allowed: at once: /,
  },
  {
    name: 'audited decision, made again after a change',
    file: 'settlement.ts',
    find: 'attempt <= MOST_REPEATS ? await decideAgain(incoming, key) : verdicts.outOfDate()',
    replace: 'verdicts.outOfDate()',
    broken: /unavailable: nothing failed/,
  },
  {
    name: 'withdrawal of an event that no longer holds',
    file: 'settlement.ts',
    find: 'event = emitEvent(incoming, verdict.decision, record, verdict.at, { withdraws, awaited: true })',
    replace: 'void record',
    broken: /revoked: on record: the log says allowed/,
  },
  {
    name: 'withdrawal of an event whose write failed',
    file: 'settlement.ts',
    find: 'emitEvent(incoming, UNAVAILABLE, subject, null, { withdraws, awaited: false })',
    replace: '',
    broken: /on record: #\d+ unavailable as allowed/,
  },
]
