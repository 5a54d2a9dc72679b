import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Relay } from '../servers/relay.ts'
import type { OwnServer } from '../servers/test-server.ts'
import type { Run } from './measure.ts'

/** What lies between the nodes. */
export interface Surroundings {
  /** The server of the channel. */
  readonly server: OwnServer
  /** Between the nodes and that server. */
  readonly relay: Relay
  /** A synchronous standby of the server of the database, where the fault needs one. */
  readonly standby: OwnServer | null
}

type Fault = (surroundings: Surroundings, run: Run) => Promise<void>

const OUTAGE_MS = 10_000

/** The fault that needs a standby. */
export const STANDBY_PROMOTED = 'standby promoted'

/** Each says when it begins and ends. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'server killed (-9), restarted': during(async ({ server }) => {
    await server.kill()
    await server.restart()
  }),
  'server paused for 10 s': during(async ({ server }) => {
    server.pause()
    await wait(OUTAGE_MS)
    server.resume()
  }),
  'connections cut': during(async ({ relay }) => relay.cut()),
  'network cut for 10 s': during(swallowed('both')),
  'network to nodes cut for 10 s': during(swallowed('to client')),
  'a node paused for 10 s': (_, run) => run.pauseInMidRequest(run.nodes[0] as Run['nodes'][number], OUTAGE_MS),
  [STANDBY_PROMOTED]: during(async ({ server, relay, standby }) => {
    if (standby === null) throw new Error('the standby is missing')
    await server.kill()
    await query(standby.url, 'select pg_promote()')
    await query(standby.url, "alter system set synchronous_standby_names = ''")
    await query(standby.url, 'select pg_reload_conf()')
    relay.retarget(standby.url)
  }),
  'all caches cleared': during(async (_, { clear }) => clear()),
  'rolling restart': during(async (_, { nodes, isCaching }) => {
    for (const node of nodes) {
      await node.restart()
      await isCaching(node)
    }
  }),
}

export async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(statement)
  await client.end()
}

function during(fault: Fault): Fault {
  return async (surroundings, run) => {
    run.begin()
    await fault(surroundings, run)
    run.end()
  }
}

/** Bytes disappear; at the end, the network says that the connections are gone. */
function swallowed(direction: Parameters<Relay['swallow']>[0]): Fault {
  return async ({ relay }) => {
    relay.swallow(direction)
    await wait(OUTAGE_MS)
    relay.pass()
    relay.cut()
  }
}
