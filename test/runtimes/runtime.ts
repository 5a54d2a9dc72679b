import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { inject } from 'vitest'
import type { RuntimeName } from '../servers/runtime-binary.ts'
import { temporaryBase } from '../servers/temporary.ts'
import { bundle, type Program } from './bundle.ts'

/** A runtime other than Node that patkit supports. */
export interface Runtime {
  readonly name: RuntimeName
  /** Whether it could not be had here. */
  readonly missing: boolean
  /** Runs a program, bundled with what it imports, which prints the port that it listens on. */
  start(program: Program): Promise<RunningProgram>
}

export interface RunningProgram extends AsyncDisposable {
  readonly port: number
  /** What it has printed so far. */
  readonly output: () => string
}

interface Command {
  readonly args: readonly string[]
  readonly port: RegExp
}

const BUNDLE = 'app.mjs'
const LISTENS = /:(\d+)\b|listening on (\d+)/i

const COMMANDS: Readonly<Record<RuntimeName, Command>> = {
  Bun: { args: [BUNDLE], port: LISTENS },
  Deno: { args: ['run', '--no-prompt', '--allow-net', '--allow-env', '--allow-read', BUNDLE], port: LISTENS },
  workerd: { args: ['serve', 'config.capnp', '--control-fd=1'], port: /"port":(\d+)/ },
}

/** One worker, whose module scope workerd refuses I/O, timers and randomness as Cloudflare does. */
const WORKERD_CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .app)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const app :Workerd.Worker = (
  modules = [(name = "app", esModule = embed "${BUNDLE}")],
  compatibilityDate = "2026-06-01",
  compatibilityFlags = ["nodejs_compat"]
);
`

const binaries = inject('runtimes')

export const RUNTIMES: readonly Runtime[] = (['Bun', 'Deno', 'workerd'] as const).map((name) => ({
  name,
  missing: binaries[name] === null,
  start: (program) => start(binaries[name] as string, COMMANDS[name], program),
}))

async function start(binary: string, { args, port }: Command, program: Program): Promise<RunningProgram> {
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-runtime-'))
  await bundle(program, join(folder, BUNDLE))
  await writeFile(join(folder, 'config.capnp'), WORKERD_CONFIG)
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    kill()
    await ended
    process.off('exit', kill)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { ...(await listening(child, port)), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Reads what a program prints until the line with its port, and goes on reading. */
async function listening(
  child: ChildProcessByStdio<null, Readable, Readable>,
  port: RegExp,
): Promise<Pick<RunningProgram, 'port' | 'output'>> {
  let output = ''
  const found = await new Promise<number>((resolve, reject) => {
    const read = (line: string) => {
      output += `${line}\n`
      const digits = port.exec(line)?.slice(1).find(Boolean)
      if (digits !== undefined) resolve(Number(digits))
    }
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', read)
    child.once('error', reject)
    child.once('close', () => reject(new Error(`the program has ended:\n${output}`)))
  })
  return { port: found, output: () => output }
}
