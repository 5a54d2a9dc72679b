import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { bundledProgram } from '../servers/bundled-program.ts'

/** An example that runs. */
export interface Program {
  /** The next line of its output. Rejects, with its complaint, when it has ended. */
  nextLine(): Promise<string>
  /** What it prints from now to its end. */
  lastLines(): Promise<readonly string[]>
  /** Ends it and says how it ended. */
  stop(signal: NodeJS.Signals): Promise<Ending>
  /** What it has said on stderr, once it has ended. */
  readonly complaint: Promise<string>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What `pnpm start` runs. */
const START = await bundledProgram('examples/start.ts')
const cleanups: (() => Promise<unknown>)[] = []

/** Ends every program and removes every folder that this file made. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean()
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-example-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a program: a source of the repository, or a bundle. */
export function startProgram(file: string, args: readonly string[]): Program {
  return watch(run(node(file, args), false))
}

/** The command of the README. npx does not pass on signals, so one goes to the whole group. */
export function startThroughPnpm(...args: readonly string[]): Program {
  return watch(run(['npx', '-y', 'pnpm', 'start', ...args], true))
}

/** What `pnpm start` runs, without waiting for pnpm. */
export function startExample(...args: readonly string[]): Program {
  return startProgram(START, args)
}

/** Runs a program of the repository that ends by itself. */
export async function runProgram(file: string, args: readonly string[]) {
  const child = run(node(file, args), false)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

export function runStart(...args: readonly string[]) {
  return runProgram(START, args)
}

/** The lines of its output up to one that is looked for. */
export async function linesUntil(program: Program, isLast: (line: string) => boolean): Promise<readonly string[]> {
  const lines: string[] = []
  do lines.push(await program.nextLine())
  while (!isLast(lines.at(-1) as string))
  return lines
}

function node(file: string, args: readonly string[]): readonly string[] {
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : []
  return [process.execPath, ...loader, file, ...args]
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

/** The leader of a group is ended with it. */
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
    complaint,
    async nextLine() {
      const { done, value } = await lines.next()
      if (done) throw new Error(`the program has ended: ${await complaint}`)
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
