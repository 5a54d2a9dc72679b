import type { InvalidationChannel } from '@patkit/core'
import type { Core } from '../contract/core.ts'
import { type Link, overheard } from './link.ts'
import { createLog, type Log } from './log.ts'
import { createServer, type Server } from './server.ts'
import type { Wire } from './wire.ts'
import type { World } from './world.ts'

/** The channels of the nodes, and what lies under them. */
export interface RealChannels {
  readonly wires: readonly Wire[]
  of(link: Link): InvalidationChannel
}

const ignored = () => {}

/** The channels that applications use, over a server and a log whose steps are drawn. */
export function createRealChannels(core: Core, world: World): RealChannels {
  const { channel, everyMs, overlapMs, silenceMs } = world.plan
  const server = channel === 'polling' ? null : createServer(world, channel === 'connected')
  const log = channel === 'connected' ? null : createLog(world)

  function connected({ transportOf }: Server, link: Link): InvalidationChannel {
    return core.createConnectedChannel({
      transport: transportOf(link),
      pingMs: everyMs,
      silenceMs,
      transactional: false,
      silent: 'no echo',
      onError: ignored,
      clock: link.clock,
    })
  }

  function polling({ invalidations }: Log, link: Link): InvalidationChannel {
    return core.pollingChannel({
      store: { invalidations },
      intervalMs: everyMs,
      overlapSeconds: overlapMs / 1_000,
      onError: ignored,
      clock: link.clock,
    })
  }

  function channelOf(link: Link): InvalidationChannel {
    if (log === null) return connected(server as Server, link)
    const complete = polling(log, link)
    if (server === null) return complete
    return core.channelWithBackstop({ fast: connected(server, link), complete, onError: ignored })
  }

  return {
    wires: [server, log].filter((wire) => wire !== null),
    of: (link) => overheard(channelOf(link), link),
  }
}
