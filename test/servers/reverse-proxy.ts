import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServerCommand, startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'

/** A proxy that a test has started. */
export interface ReverseProxy {
  /** What it has said so far. */
  readonly log: () => string
  stop(): Promise<void>
}

export interface ProxyProgram extends Pick<ServerCommand, 'name' | 'command' | 'ready'> {
  /** @param folder for the files of the program */
  readonly configuration: (folder: string) => string
  readonly args: (file: string, folder: string) => readonly string[]
  readonly env?: (folder: string) => Readonly<Record<string, string>>
}

/** One process, which leaves no files. */
export async function startReverseProxy(program: ProxyProgram): Promise<ReverseProxy> {
  const { name, command, ready, configuration, args, env = () => ({}) } = program
  const folder = await mkdtemp(join(temporaryBase(), `patkit-${name.toLowerCase()}-`))
  const file = join(folder, 'configuration')
  await writeFile(file, configuration(folder))
  const server = await startServer({ name, command, ready, args: args(file, folder), env: env(folder) })
  return {
    log: server.log,
    async stop() {
      await server.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
