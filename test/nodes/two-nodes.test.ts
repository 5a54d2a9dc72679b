import { createVerifier } from '@patkit/core'
import { nextTurn } from '@patkit/core/adapter'
import { type InvalidationLog, pollingChannel, type SqlStore } from '@patkit/sql'
import { expect, test } from 'vitest'
import { bearing, reader } from '../../packages/core/test/api.ts'
import { onEachEngine } from '../servers/engine.ts'
import { waitUntil } from '../servers/wait-until.ts'
import { ACTOR, OWNER, openNode } from './tokens-on.ts'

const INTERVAL_MS = 20

onEachEngine((engine) => {
  test('a token that was revoked on one node is refused by the other with its next read of the log', async () => {
    const database = await engine.open()
    const here = await openNode(database)
    const reads: Reads = { isRevoked: false, doneSince: 0 }
    const other = await openNode(database, {
      channel: ({ invalidations }: SqlStore) =>
        pollingChannel({ store: { invalidations: counted(invalidations, reads) }, intervalMs: INTERVAL_MS }),
    })
    const verifier = createVerifier(other.tokens.verifierOptions)
    await here.create(0)
    const { token, secret } = await here.tokens.create(ACTOR, OWNER, { name: 'used', scopes: ['drive:read'] })
    const outcome = async () => {
      const decision = await verifier.verify(bearing(secret.reveal()), reader)
      return decision.ok ? 'allowed' : decision.reason
    }
    await waitUntil(async () => {
      expect(await outcome()).toBe('allowed')
      return verifier.health.mode === 'cached'
    })
    expect(await outcome()).toBe('allowed')

    await here.tokens.revoke(ACTOR, OWNER, token.id)
    reads.isRevoked = true
    for (let last = 'allowed'; last === 'allowed'; ) {
      await nextTurn()
      const { doneSince } = reads
      last = await outcome()
      expect(last).toBe(doneSince === 0 && last === 'allowed' ? 'allowed' : 'revoked')
    }

    await verifier.close()
    await here[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await database.drop()
  })
})

interface Reads {
  isRevoked: boolean
  /** Reads that began after the revocation, and are done. */
  doneSince: number
}

function counted(log: InvalidationLog, reads: Reads): InvalidationLog {
  return {
    ...log,
    async from(number, limit) {
      const { isRevoked } = reads
      const rows = await log.from(number, limit)
      if (isRevoked) reads.doneSince++
      return rows
    },
  }
}
