import { describe, expect, inject, test } from 'vitest'
import { startRelay } from '../servers/relay.ts'
import { openPostgres } from '../servers/test-database.ts'
import { CHANNELS } from './channel.ts'
import { measure } from './measure.ts'

const { postgres, redis } = inject('servers')

/** The short form of `pnpm trial revocation`. */
describe.skipIf(postgres === null || redis === null)('a token in use on four nodes', () => {
  test.each(CHANNELS)('is refused by all of them within the lease (%s)', async (channel) => {
    const database = await openPostgres(postgres as string)
    const { url } = database
    const measured = await measure({
      ...{ channel, database: url, listenOn: url, redis: redis as string },
      ...{ revocations: 20, everyMs: 50, requestsPerSecond: 800 },
    })
    expect(measured).toMatchObject({ beyondBound: 0, revocations: 20 })
    await database.drop()
  })

  test('is refused within the lease although connections are cut, and nodes use their caches again', async () => {
    const database = await openPostgres(postgres as string)
    const relay = await startRelay(database.url)
    const measured = await measure({
      ...{ channel: 'listen', database: database.url, listenOn: relay.urlOf(database.url), redis: redis as string },
      ...{ revocations: 20, everyMs: 50, requestsPerSecond: 800 },
      async fault({ begin, noticed, end }) {
        begin()
        relay.swallow('both')
        relay.cut()
        await noticed()
        relay.pass()
        relay.cut()
        end()
      },
    })
    expect(measured).toMatchObject({ beyondBound: 0, noticedMs: expect.any(Number), recoveredMs: expect.any(Number) })
    await relay.close()
    await database.drop()
  })
})
