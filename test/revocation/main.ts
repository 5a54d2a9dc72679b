import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ownPostgres } from '../servers/postgres.ts'
import { ownRedis } from '../servers/redis.ts'
import { type Relay, startRelay } from '../servers/relay.ts'
import { openRunFolder } from '../servers/temporary.ts'
import { openPostgres } from '../servers/test-database.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { CHANNELS, type ChannelName } from './channel.ts'
import { BOUND_MS, type Measured, measure } from './measure.ts'
import type { RunningNode } from './node.ts'

/*
 * `pnpm trial revocation [--channel listen|redis|polling] [--seconds 60] [--faults]`: revokes a token every 50 ms that
 * is in use on 4 nodes, and prints how long each node still allows it. `--faults` breaks the channel meanwhile.
 */

const { values } = parseArgs({
  options: {
    channel: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    faults: { type: 'boolean', default: false },
  },
})
const EVERY_MS = 50
const OUTAGE_MS = 10_000
const channels = CHANNELS.filter((name) => values.channel === undefined || values.channel === name)
const revocations = Math.round((Number(values.seconds) * 1_000) / EVERY_MS)

interface Surroundings {
  /** The server of the channel. */
  readonly server: OwnServer
  /** Between the nodes and that server. */
  readonly relay: Relay
  readonly nodes: readonly RunningNode[]
}

const FAULTS: Readonly<Record<string, (surroundings: Surroundings) => Promise<void>>> = {
  async 'server ended and restarted'({ server }) {
    await server.halt()
    await server.restart()
  },
  async 'server paused for 10 s'({ server }) {
    server.pause()
    await wait(OUTAGE_MS)
    server.resume()
  },
  async 'connections cut'({ relay }) {
    relay.cut()
  },
  async 'bytes swallowed for 10 s'({ relay }) {
    relay.swallow('both')
    await wait(OUTAGE_MS)
    relay.pass()
  },
  async 'bytes to the nodes swallowed for 10 s'({ relay }) {
    relay.swallow('to client')
    await wait(OUTAGE_MS)
    relay.pass()
  },
  async 'a node paused for 10 s'({ nodes: [node] }) {
    node?.pause()
    await wait(OUTAGE_MS)
    node?.resume()
  },
}

const removeFolder = await openRunFolder()
const postgres = await ownPostgres()
const redis = await ownRedis()
print('channel', 'fault', null)
for (const channel of channels) {
  print(channel, 'none', await run(channel, null))
  if (values.faults) for (const name of Object.keys(FAULTS)) print(channel, name, await run(channel, name))
}
await postgres.stop()
await redis.stop()
await removeFolder()

async function run(channel: ChannelName, fault: string | null): Promise<Measured> {
  const server = channel === 'redis' ? redis : postgres
  const database = await openPostgres(postgres.url)
  const relay = await startRelay(server.url)
  const through = (url: string) => (fault === null ? url : relay.urlOf(url))
  const measured = await measure({
    channel,
    database: database.url,
    // Where the channel polls, its connections are those of the database.
    nodeDatabase: channel === 'polling' ? through(database.url) : database.url,
    listenOn: through(database.url),
    redis: channel === 'redis' ? through(redis.url) : redis.url,
    revocations,
    everyMs: EVERY_MS,
    ...(fault !== null && {
      fault: async (nodes) => {
        await wait(revocations * EVERY_MS * 0.2)
        await FAULTS[fault]?.({ server, relay, nodes })
      },
    }),
  })
  await relay.close()
  await database.drop()
  if (measured.beyondBound > 0) process.exitCode = 1
  return measured
}

function print(channel: string, fault: string, measured: Measured | null): void {
  const figures =
    measured === null
      ? ['revocations', 'requests', 'not 200/401', 'p50 ms', 'p99 ms', 'max ms', `over ${BOUND_MS} ms`]
      : Object.values(measured)
  console.log([channel.padEnd(8), fault.padEnd(38), ...figures.map((figure) => String(figure).padStart(13))].join(''))
}
