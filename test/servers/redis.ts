import { mkdtemp, rm } from 'node:fs/promises'
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

/** Redis from the PATH, without files. */
export async function ownRedis(): Promise<OwnServer> {
  const daemon = binary('redis-server')
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-redis-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const ready = /Ready to accept connections/
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
