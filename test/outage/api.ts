import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundledProgram } from '../servers/bundled-program.ts'

export interface ApiOptions {
  /** Of the database. */
  readonly url: string
  readonly mode: 'background' | 'required'
  readonly capacity: number
  /** For lookups and for writes of events. */
  readonly timeoutMs: number
}

/** The first line that the program prints: where it is, and a token of each kind. */
export interface Introduction {
  readonly url: string
  readonly good: string
  readonly revoked: string
  readonly unknown: string
}

/** What the program says of itself. */
export interface Health {
  /** Uses that there were. */
  readonly emitted: number
  readonly auditWaiting: number
  readonly auditDropped: number
}

export interface Api extends Introduction {
  health(): Promise<Health>
  /** Asks the program to write what it holds. */
  flush(): Promise<Health>
  /** SIGKILL: it has no time to write anything. */
  kill(): Promise<void>
}

const PROGRAM = 'test/outage/api-program.ts'

export async function startApi(options: ApiOptions): Promise<Api> {
  const child = spawn(process.execPath, [await bundledProgram(PROGRAM), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([once(lines, 'line'), exit])) as [unknown]
  if (typeof line !== 'string') throw new Error(`the API ended with ${line} before it listened`)
  const introduction: Introduction = JSON.parse(line)
  const ask = async (path: string, method: string) =>
    (await (await fetch(`${introduction.url}${path}`, { method })).json()) as Health
  return {
    ...introduction,
    health: () => ask('/health', 'GET'),
    flush: () => ask('/flush', 'POST'),
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
