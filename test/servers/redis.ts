import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { binary, isInstalled } from './binary.ts'
import { startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'
import { freePort, type OwnServer, signals, type TestServer } from './test-server.ts'

/** Redis from the PATH, or the server that `PATKIT_TEST_REDIS_URL` names. */
export async function startRedis(): Promise<TestServer> {
  const given = process.env.PATKIT_TEST_REDIS_URL
  return given === undefined ? ownRedis() : { url: given, stop: async () => {} }
}

/** Nothing is kept in files. */
const DATA = ['--save', '', '--appendonly', 'no']

/** Redis from the PATH, without files. */
export function ownRedis(): Promise<OwnServer> {
  return redisWith(DATA, /Ready to accept connections/)
}

/** One server, its replica, and a Sentinel that promotes the replica when the server is away. */
export interface RedisFailover {
  /** Options of a client that asks the Sentinel for the server. */
  readonly client: { readonly sentinels: { readonly host: string; readonly port: number }[]; readonly name: string }
  readonly primary: OwnServer
  stop(): Promise<void>
}

export async function redisFailover(): Promise<RedisFailover> {
  const name = 'patkit'
  const primary = await redisWith([...DATA, '--repl-diskless-sync-delay', '0'], /Ready to accept connections/)
  const { port } = new URL(primary.url)
  const replica = await redisWith([...DATA, '--replicaof', '127.0.0.1', port], /sync: Finished with success/)
  const monitor = ['--sentinel', 'monitor', name, '127.0.0.1', port, '1']
  const patience = ['--sentinel', 'down-after-milliseconds', name, '300']
  const sentinel = await redisWith(['--sentinel', ...monitor, ...patience], /\+slave slave/)
  return {
    client: { sentinels: [{ host: '127.0.0.1', port: Number(new URL(sentinel.url).port) }], name },
    primary,
    async stop() {
      for (const server of [sentinel, replica, primary]) await server.stop()
    },
  }
}

async function redisWith(more: readonly string[], ready: RegExp): Promise<OwnServer> {
  const daemon = binary('redis-server')
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-redis-'))
  const port = await freePort()
  // A Sentinel writes its state into the file.
  const file = join(folder, 'redis.conf')
  await writeFile(file, '')
  const args = [file, ...more, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
  const start = () => startServer({ name: 'Redis', command: daemon, args, ready, readyOn: 'stdout' })
  let server = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    halt: () => server.stop('SIGTERM'),
    async restart() {
      server = await start()
    },
    ...signals(() => server),
    async stop() {
      await server.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function hasOwnRedis(): boolean {
  return isInstalled('redis-server')
}
