import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary, isInstalled } from './binary.ts'
import { startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'
import { freePort, type OwnServer, signals, type TestServer } from './test-server.ts'
import { waitUntil } from './wait-until.ts'

const run = promisify(execFile)

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

/** Three masters of a cluster. */
export interface RedisCluster {
  readonly masters: readonly OwnServer[]
  /** Removes the first master, as `redis-cli --cluster del-node` does. It is then a server of its own. */
  removeFirst(): Promise<void>
  stop(): Promise<void>
}

/** The first master has one slot, which is moved away in no time. */
const SLOTS = ['0 0', '1 8191', '8192 16383']

export async function redisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(SLOTS.map(clusterNode))
  const [first, second] = nodes as [ClusterNode, ClusterNode]
  for (const { server, busPort } of nodes.slice(1)) {
    await command(first, 'cluster', 'meet', '127.0.0.1', new URL(server.url).port, busPort)
  }
  for (const node of nodes) await untilConnected(node)
  return {
    masters: nodes.map(({ server }) => server),
    async removeFirst() {
      const host = new URL(second.server.url).host
      const id = await command(first, 'cluster', 'myid')
      await run(binary('redis-cli'), ['--cluster', 'rebalance', host, '--cluster-weight', `${id}=0`])
      await run(binary('redis-cli'), ['--cluster', 'del-node', host, id])
    },
    async stop() {
      for (const { server } of nodes) await server.stop()
    },
  }
}

interface ClusterNode {
  readonly server: OwnServer
  readonly busPort: string
}

/** It goes on without a master whose slots no other one has. */
async function clusterNode(slots: string, index: number): Promise<ClusterNode> {
  const busPort = String(await freePort())
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-port', busPort]
  const args = [...DATA, ...cluster, '--cluster-require-full-coverage', 'no']
  const node = { server: await redisWith(args, /Ready to accept connections/), busPort }
  await command(node, 'cluster', 'set-config-epoch', String(index + 1))
  await command(node, 'cluster', 'addslotsrange', ...slots.split(' '))
  return node
}

/** A node that is not yet connected to another one does not hand on messages. */
async function untilConnected(node: ClusterNode): Promise<void> {
  const says = async (about: string, pattern: RegExp) => pattern.test(await command(node, 'cluster', about))
  await waitUntil(() => says('info', /cluster_state:ok[\s\S]*cluster_known_nodes:3/))
  await waitUntil(async () => !(await says('nodes', /handshake|disconnected/)))
}

async function command({ server }: ClusterNode, ...words: string[]): Promise<string> {
  const { stdout } = await run(binary('redis-cli'), ['-u', server.url, ...words])
  return stdout.trim()
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
