import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundledProgram } from '../servers/bundled-program.ts'
import type { ChannelPlace } from './channel.ts'

export interface NodeOptions extends ChannelPlace {
  readonly framework: 'express' | 'koa' | 'hono' | 'express4'
  readonly database: string
}

export const FRAMEWORKS: readonly NodeOptions['framework'][] = ['express', 'koa', 'hono', 'express4']

/** A node that runs. */
export interface RunningNode {
  readonly framework: NodeOptions['framework']
  readonly url: string
  pause(): void
  resume(): void
  stop(): Promise<void>
}

let bundling: Promise<string> | null = null

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  bundling ??= bundledProgram('test/revocation/node-program.ts')
  const program = await bundling
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = once(child, 'close')
  const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
  if (value === undefined) throw new Error(`the node of ${options.framework} did not start`)
  return {
    framework: options.framework,
    url: (JSON.parse(value) as { url: string }).url,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      process.off('exit', kill)
      kill()
      await closed
    },
  }
}
