import { createVerifier, type InvalidationChannel, inProcessChannel } from '@patkit/core'
import { expect, test } from 'vitest'
import { bearing, reader } from '../../packages/core/test/api.ts'
import { onEachServer } from '../servers/engine.ts'
import { ACTOR, OWNER, openNode } from './tokens-on.ts'

const NODES = 4
const TOKENS = 300
const REQUESTS_PER_TOKEN = 3
const MOST_CALLS = 2
/** `maxBatch` of the token service. */
const BATCH = 64

onEachServer((engine) => {
  test('4 nodes that clear their caches under load ask for each token once, in batches, few at a time', async () => {
    const database = await engine.open()
    const program = await openNode(database)
    await program.create(0)
    const secrets = await Promise.all(
      Array.from({ length: TOKENS }, async (_, index) => {
        const { secret } = await program.tokens.create(ACTOR, OWNER, { name: `${index}`, scopes: ['drive:read'] })
        return secret.reveal()
      }),
    )
    const channel = inProcessChannel()
    const nodes = Array.from({ length: NODES }, () => createNode(program.tokens, channel))
    const load = () =>
      Promise.all(
        nodes.flatMap(({ verifier }) =>
          Array.from({ length: REQUESTS_PER_TOKEN }, () => secrets).flatMap((all) =>
            all.map(async (secret) => (await verifier.verify(bearing(secret), reader)).ok),
          ),
        ),
      )
    expect(new Set(await load())).toEqual(new Set([true]))
    for (const node of nodes) node.batches.length = 0

    await channel.publish({ kind: 'all' })
    expect(new Set(await load())).toEqual(new Set([true]))

    for (const { batches, verifier } of nodes) {
      expect(batches.flat()).toHaveLength(TOKENS)
      expect(new Set(batches.flat()).size).toBe(TOKENS)
      expect(batches).toHaveLength(Math.ceil(TOKENS / BATCH))
      expect(verifier.health.calls).toEqual({ running: 0, waiting: 0, peak: MOST_CALLS })
    }
    for (const { verifier } of nodes) await verifier.close()
    await program[Symbol.asyncDispose]()
    await database.drop()
  })
})

/** A node whose calls of the resolver are on record. */
function createNode({ verifierOptions }: Awaited<ReturnType<typeof openNode>>['tokens'], channel: InvalidationChannel) {
  const batches: (readonly string[])[] = []
  const verifier = createVerifier({
    ...verifierOptions,
    channel,
    maxConcurrentLookups: MOST_CALLS,
    resolveMany(digests, context) {
      batches.push(digests)
      return verifierOptions.resolveMany(digests, context)
    },
  })
  return { batches, verifier }
}
