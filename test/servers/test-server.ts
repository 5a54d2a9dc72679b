import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
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

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
