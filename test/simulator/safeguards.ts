import type { Change } from '../contract/changed-core.ts'
import type { Scene } from './plan.ts'

/** A part of the code that keeps the promise, the code without which it is gone, and what the oracle says then. */
export interface Safeguard extends Change {
  readonly name: string
  /** The walks that show it. */
  readonly scene: Scene
  readonly broken: RegExp
  /** The first walk that shows it, where such walks are rare. */
  readonly seed?: number
}

const OF_ONE_NODE: readonly Omit<Safeguard, 'scene'>[] = [
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
    seed: 794,
  },
  {
    name: 'lease',
    file: 'lookup/lease.ts',
    find: 'return follower.upToDate(now) || follower.distrust()',
    replace: 'return true',
    broken: /allowed: lease: /,
    seed: 1889,
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
    seed: 399,
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

const OF_MANY_NODES: readonly Omit<Safeguard, 'scene'>[] = [
  {
    name: 'a gap clears',
    file: 'lookup/lease.ts',
    find: `    gap() {
      live = false
      distrust()
    },`,
    replace: '    gap() {},',
    broken: /allowed: (?:at once|lease|memory): /,
  },
  {
    name: 'lease of a node without messages',
    file: 'lookup/lease.ts',
    find: '(now >= asOf && now - asOf <= leaseMs)',
    replace: 'true',
    broken: /allowed: lease: /,
  },
  {
    name: 'version against a lagging row',
    file: 'lookup/invalidation.ts',
    find: 'return version === null ? begun >= floor.versioned : version >= floor.minVersion',
    replace: 'return begun >= floor.versioned',
    broken: /allowed: at once: \{"kind":"token","id":"t\d","minVersion":\d/,
  },
  {
    name: 'older message that lowers no version',
    file: 'lookup/invalidation.ts',
    find: 'Math.max(minVersion, floor.minVersion ?? 0)',
    replace: 'minVersion',
    broken: /allowed: at once: \{"kind":"token","id":"t\d","minVersion":\d/,
    seed: 567,
  },
  {
    name: 'own echo, not the sending of a ping',
    file: 'lookup/connected-channel.ts',
    find: 'to.ping(pings.next()).catch((cause) => {',
    replace: '((id) => to.ping(id).then(() => echo(id)))(pings.next()).catch((cause) => {',
    broken: /channel: |allowed: lease: /,
  },
  {
    name: 'echo that counts from its sending',
    file: 'lookup/connected-channel.ts',
    find: 'listener.caughtUp(sentAt)',
    replace: 'listener.caughtUp(clock())',
    broken: /channel: |allowed: lease: /,
  },
  {
    name: 'lost connection that is a gap',
    file: 'lookup/connected-channel.ts',
    find: `    current = null
    listener.gap()`,
    replace: '    current = null',
    broken: /channel: |allowed: lease: /,
  },
  {
    name: 'silent connection that is replaced',
    file: 'lookup/connected-channel.ts',
    find: 'if (pings.silentFor() <= silenceMs) ping(to)',
    replace: 'if (pings.silentFor() >= 0) ping(to)',
    broken: /recovered: \w does not use its memory/,
  },
  {
    name: 'silence of a connection after its clock was set back',
    file: 'lookup/connected-channel.ts',
    find: 'lastEcho = Math.min(lastEcho as number, now)',
    replace: 'lastEcho = lastEcho as number',
    broken: /recovered: \w does not use its memory/,
    seed: 2418,
  },
  {
    name: 'clock that is set back',
    file: 'lookup/lookups.ts',
    find: "if (now < latest) invalidations.add({ kind: 'all' })",
    replace: '',
    broken: /allowed: (?:TTL|lease|memory): /,
    seed: 840,
  },
  {
    name: 'subscription that is tried again after the clock was set back',
    file: 'lookup/lease.ts',
    find: '(now < triedAt || now - triedAt >= RETRY_MS)',
    replace: 'now - triedAt >= RETRY_MS',
    broken: /recovered: \w does not use its memory/,
    seed: 317,
  },
  {
    name: 'connection that is tried again',
    file: 'lookup/connected-channel.ts',
    find: `    failed(cause)
    retryLater()
  }

  function retryLater`,
    replace: `    failed(cause)
  }

  function retryLater`,
    broken: /recovered: \w does not use its memory/,
  },
  {
    name: 'overlap that is read again',
    package: 'sql',
    file: 'channels/polling-channel.ts',
    find: 'if (!isNext && reads - (firstRead.get(number) ?? reads) <= overlapReads) break',
    replace: 'void isNext',
    broken: /channel: |allowed: lease: /,
  },
  {
    name: 'overlap that no clock measures',
    package: 'sql',
    file: 'channels/polling-channel.ts',
    find: 'reader.take(rows)',
    replace: 'reader.take(rows.filter(({ at }) => anchor !== undefined || began - at <= overlapMs))',
    broken: /channel: |allowed: lease: /,
  },
  {
    name: 'read that counts from its beginning',
    package: 'sql',
    file: 'channels/polling-channel.ts',
    find: 'listener.caughtUp(began)',
    replace: 'listener.caughtUp(clock())',
    broken: /channel: |allowed: lease: /,
    seed: 207,
  },
  {
    name: 'complete channel that alone decides',
    file: 'lookup/backstop-channel.ts',
    find: `{ message }: ChannelListener,
  onError: (cause: unknown) => void,
): { stop(): Promise<void> } {
  const listener: ChannelListener = { message, caughtUp: () => {}, gap: () => {} }`,
    replace: `listener: ChannelListener,
  onError: (cause: unknown) => void,
): { stop(): Promise<void> } {`,
    broken: /channel: |allowed: lease: /,
  },
]

export const SAFEGUARDS: readonly Safeguard[] = [
  ...OF_ONE_NODE.map((safeguard) => ({ ...safeguard, scene: 'one' as const })),
  ...OF_MANY_NODES.map((safeguard) => ({ ...safeguard, scene: 'many' as const })),
]
