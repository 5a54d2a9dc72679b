import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export type Framework = 'express' | 'koa' | 'hono'
export type TokenName = 'read' | 'write' | 'machine' | 'expired' | 'revoked' | 'elsewhere'

/** The first line of `--json`. */
export interface Introduction {
  readonly url: string
  readonly framework: Framework
  readonly tokens: Readonly<Record<TokenName, string>>
}

/** A quickstart that runs. */
export interface Program {
  /** The next line of its output. Rejects, with its complaint, when it has ended. */
  nextLine(): Promise<string>
  /** What it prints from now to its end. */
  lastLines(): Promise<readonly string[]>
  /** Ends it and says how it ended. */
  stop(signal: NodeJS.Signals): Promise<Ending>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const QUICKSTART = [process.execPath, '--import', 'tsx', 'examples/quickstart/src/main.ts'] as const
const cleanups: (() => Promise<unknown>)[] = []

/** Ends every program and removes every folder that this file made. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean()
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-quickstart-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export function startQuickstart(...args: readonly string[]): Program {
  return watch(run([...QUICKSTART, ...args], false))
}

/** As the README says it. npx passes a signal to nobody, so one goes to the whole group. */
export function startThroughPnpm(...args: readonly string[]): Program {
  return watch(run(['npx', '-y', 'pnpm', 'start', ...args], true))
}

/** Starts a quickstart for programs, on any free port. */
export async function startJson(dataFolder: string, framework: Framework = 'express') {
  const program = startQuickstart('--json', '--port', '0', '--data', dataFolder, '--framework', framework)
  const introduction: Introduction = JSON.parse(await program.nextLine())
  return { program, introduction }
}

/** Runs a quickstart that ends by itself. */
export async function runQuickstart(...args: readonly string[]) {
  const child = run([...QUICKSTART, ...args], false)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

function run([command, ...args]: readonly string[], detached: boolean): Child {
  const child = spawn(command as string, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], detached })
  const closed = once(child, 'close')
  cleanups.push(() => {
    kill(child, 'SIGKILL')
    return closed
  })
  return child
}

/** Whoever leads a group is ended with it. */
function kill(child: Child, signal: NodeJS.Signals): void {
  const leads = child.spawnargs[0] === 'npx'
  if (!leads) child.kill(signal)
  else if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), signal)
}

function watch(child: Child): Program {
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const complaint = text(child.stderr)
  const closed = once(child, 'close')
  return {
    async nextLine() {
      const { done, value } = await lines.next()
      if (done) throw new Error(`the quickstart has ended: ${await complaint}`)
      return value
    },
    async lastLines() {
      const last: string[] = []
      for await (const line of lines) last.push(line)
      return last
    },
    async stop(signal) {
      kill(child, signal)
      await closed
      return { code: child.exitCode, signal: child.signalCode }
    },
  }
}
