import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Account } from './account.ts'

export interface ServerCommand {
  /** For people. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** What it says when it takes connections. */
  readonly ready: RegExp
  /** Where it says so. Default `stderr`. */
  readonly readyOn?: 'stdout' | 'stderr'
  readonly account?: Account | null
  readonly cwd?: string
  /** Beside the variables of this process. */
  readonly env?: Readonly<Record<string, string>>
}

type ServerChild = ChildProcessByStdio<null, Readable | null, Readable>

export interface ServerProcess {
  readonly pid: number
  /** What it has said so far. */
  readonly log: () => string
  /** Ends it, unless it has ended. */
  stop(signal: NodeJS.Signals): Promise<void>
  /** Its exit code, once it has ended; `null` after a signal. */
  readonly ended: Promise<number | null>
}

/** The last of these lines says why a server has ended. */
const REASON = /fatal|error|emerg|panic|cannot|could not|can't/i

/**
 * Starts a server, which ends with this process at the latest.
 *
 * @throws Error that says in one line why it did not start
 */
export async function startServer(server: ServerCommand): Promise<ServerProcess> {
  const { name, command, args, ready, readyOn = 'stderr', account, cwd, env } = server
  const stdout = readyOn === 'stdout' ? 'pipe' : 'ignore'
  const options = { cwd, env: { ...process.env, ...env }, ...account }
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'], ...options }) as ServerChild
  const log = await readyOrThrow(child, name, ready)
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { pid: child.pid as number, log, ended, stop: (signal) => stop(child, signal) }
}

/** The sentence of a failed program that tells most. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return (lines.findLast((line) => REASON.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim()
}

async function readyOrThrow(child: ServerChild, name: string, ready: RegExp) {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    const heard = (chunk: unknown) => {
      log += chunk
      if (ready.test(log)) resolve()
    }
    child.stderr.on('data', heard)
    child.stdout?.on('data', heard)
    child.once('error', ({ message }) => reject(new Error(`${name} cannot be started: ${message}`)))
    child.once('close', (code) => reject(new Error(`${name} ended with ${code}: ${reasonIn(log)}`)))
  })
  return () => log
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
