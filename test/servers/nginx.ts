import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MODULES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
/** Said when the addresses have been bound. */
const READY = /using the "\w+" event method/

export interface Nginx {
  /** What it has said so far. */
  readonly log: () => string
  stop(): Promise<void>
}

/** nginx with what goes into `http {}`. One process, which leaves nothing behind. */
export async function startNginx(daemon: string, http: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-nginx-'))
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, http))
  const server = spawn(daemon, ['-c', file, '-p', folder, '-e', 'stderr'])
  const log = await ready(server)
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  return {
    log,
    async stop() {
      process.off('exit', kill)
      server.kill('SIGTERM')
      if (server.exitCode === null) await once(server, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(folder: string, http: string): string {
  const scratch = MODULES.map((name) => `${name}_temp_path ${join(folder, name)};`)
  return `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr notice;
events {}
http {
  access_log off;
  ${scratch.join('\n  ')}
  ${http}
}`
}

async function ready(server: ChildProcess): Promise<() => string> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (chunk) => {
      log += chunk
      if (READY.test(log)) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`nginx ended with ${code}:\n${log}`)))
  })
  return () => log
}
