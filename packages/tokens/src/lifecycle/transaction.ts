import { type InvalidationChannel, inProcessChannel } from '@patkit/core'
import type { Invalidation } from '@patkit/core/adapter'
import type { ServiceSettings } from '../service-options.ts'
import type { TokenService, TransactionTokens } from '../token-service.ts'

/**
 * The verbs of a service in a transaction of the application.
 *
 * @throws TypeError for a store without transactions, and for a transaction of another database
 */
export function createTransactionTokens(
  settings: ServiceSettings,
  transaction: never,
  serviceOf: (settings: ServiceSettings) => TokenService,
): TransactionTokens {
  const { store, announce, failed } = settings
  if (store.within === undefined) throw new TypeError('patkit: the store of this service takes part in no transaction')
  const inside = store.within(transaction)
  const gathered = gatheringChannel()
  const { channel } = gathered
  const service = serviceOf({ ...settings, store: inside, channel, announce: channel.publish, retries: false })
  const { in: _, audit, verifierOptions, prune, flush, close, [Symbol.asyncDispose]: __, ...others } = service
  // They take transactions of their own, one after the other.
  const { erasePrincipal, resumeErasures, notices, confirmNotices, ...verbs } = others
  return Object.freeze({
    ...verbs,
    async announce() {
      if (await inside.isOpen()) throw new Error('patkit: announce was called before the transaction was committed')
      for (const what of gathered.take()) {
        // After a rollback, a version that will never be would keep the token out of every cache.
        const counts = what.kind !== 'token' || (await inside.hasVersion(what.id, what.minVersion ?? 0))
        if (counts) await announce(what).catch(failed)
      }
      await inside.eraseLate().catch(failed)
    },
  })
}

/** A channel that keeps published messages until they are taken. */
function gatheringChannel(): {
  readonly channel: InvalidationChannel
  /** The invalidations since the last call. */
  take(): readonly Invalidation[]
} {
  let gathered: Invalidation[] = []
  return {
    channel: {
      ...inProcessChannel(),
      async publish(what) {
        gathered.push(what)
      },
    },
    take() {
      const taken = gathered
      gathered = []
      return taken
    },
  }
}
