import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundledProgram } from '../servers/bundled-program.ts'
import { freePort } from '../servers/test-server.ts'
import type { NodeArguments, NodeOptions } from './node-options.ts'

/** A node that runs. */
export interface RunningNode {
  readonly framework: NodeOptions['framework']
  readonly url: string
  pause(): void
  resume(): void
  /** Kills it, and starts it again on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

let bundling: Promise<string> | null = null

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  bundling ??= bundledProgram('test/revocation/node-program.ts')
  const program = await bundling
  const port = await freePort()
  let child = await startProgram(program, { ...options, port })
  return {
    framework: options.framework,
    url: `http://127.0.0.1:${port}`,
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    async restart() {
      await child.kill()
      child = await startProgram(program, { ...options, port })
    },
    stop: () => child.kill(),
  }
}

interface NodeProcess {
  signal(name: NodeJS.Signals): void
  kill(): Promise<void>
}

/** Resolves when it takes requests. */
async function startProgram(program: string, options: NodeArguments): Promise<NodeProcess> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const closed = once(child, 'close')
  const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
  if (value === undefined) throw new Error(`the node of ${options.framework} did not start`)
  return {
    signal: (name) => void child.kill(name),
    async kill() {
      process.off('exit', end)
      end()
      await closed
    },
  }
}
