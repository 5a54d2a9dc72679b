import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { ServerProcess } from './server-process.ts'

/** A database server for one run of the tests. */
export interface TestServer {
  /** With a user that may create databases. */
  readonly url: string
  stop(): Promise<void>
}

/** One that was started here, and can be taken away and given back. */
export interface OwnServer extends TestServer {
  /** Ends it as its operator would, and keeps its data. */
  halt(): Promise<void>
  /** Kills all of its processes (SIGKILL). */
  kill(): Promise<void>
  /** Starts it again, on the same port and data. */
  restart(): Promise<void>
  /** Pauses all of its processes: connections stay open without answers. */
  pause(): void
  resume(): void
}

/** Signals to a server and the processes that it has started. */
export function signals(server: () => ServerProcess): Pick<OwnServer, 'pause' | 'resume' | 'kill'> {
  const signal = (name: NodeJS.Signals) => () => {
    for (const id of family(server().pid)) process.kill(id, name)
  }
  return {
    pause: signal('SIGSTOP'),
    resume: signal('SIGCONT'),
    async kill() {
      signal('SIGKILL')()
      await server().stop('SIGKILL')
    },
  }
}

function family(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n')
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  const children = (of: number): number[] => parents.filter(([, parent]) => parent === of).map(([child]) => child)
  return [pid, ...children(pid)]
}

/** Ports for servers, below those that systems give to connections: one of a server that starts again stays free. */
const FIRST_PORT = 10_000
/** Processes that run at the same time have ports of their own. */
const PORTS_OF_PROCESS = 50
const PROCESSES = 440
let ports = 0

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const ownPorts = FIRST_PORT + (process.pid % PROCESSES) * PORTS_OF_PROCESS
  for (let tried = 0; tried < PORTS_OF_PROCESS; tried++) {
    const port = ownPorts + (ports++ % PORTS_OF_PROCESS)
    if (await isFree(port)) return port
  }
  throw new Error(`none of the ${PORTS_OF_PROCESS} ports from ${ownPorts} on is free`)
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return false
  }
  probe.close()
  await once(probe, 'close')
  return true
}
