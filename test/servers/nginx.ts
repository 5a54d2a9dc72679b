import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'

const MODULES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
/** Said when the addresses have been bound. */
const READY = /using the "\w+" event method/

export interface Nginx {
  /** What it has said so far. */
  readonly log: () => string
  stop(): Promise<void>
}

/** nginx with the content of `http {}`. One process, which leaves no files. */
export async function startNginx(daemon: string, http: string): Promise<Nginx> {
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-nginx-'))
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, http))
  const args = ['-c', file, '-p', folder, '-e', 'stderr']
  const server = await startServer({ name: 'nginx', command: daemon, args, ready: READY })
  return {
    log: server.log,
    async stop() {
      await server.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(folder: string, http: string): string {
  const scratch = MODULES.map((name) => `${name}_temp_path "${join(folder, name)}";`)
  return `daemon off; master_process off; pid "${join(folder, 'pid')}"; error_log stderr notice;
events {}
http {
  access_log off;
  ${scratch.join('\n  ')}
  ${http}
}`
}
