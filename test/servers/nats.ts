import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'
import { freePort, type OwnServer, signals } from './test-server.ts'

export interface OwnNats extends OwnServer {
  /** Where JetStream keeps its streams. */
  readonly folder: string
}

/** NATS with JetStream, which keeps its streams in files. */
export async function ownNats(daemon: string): Promise<OwnNats> {
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-nats-'))
  const port = await freePort()
  const args = ['--jetstream', '--store_dir', folder, '--addr', '127.0.0.1', '--port', String(port)]
  const start = () => startServer({ name: 'NATS', command: daemon, args, ready: /Server is ready/ })
  let server = await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    folder,
    halt: () => server.stop('SIGTERM'),
    async restart() {
      server = await start()
    },
    ...signals(() => server),
    async stop() {
      await server.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
