import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './test-server.ts'

/** Said when it takes connections. */
const READY = /process up/

export interface PgBouncer {
  /** The database of a URL, through the pooler. */
  urlOf(database: string): string
  stop(): Promise<void>
}

/** PgBouncer in front of a PostgreSQL server: two connections, handed on after each transaction. */
export async function startPgBouncer(daemon: string, server: string): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-pgbouncer-'))
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const { username, password } = new URL(server)
  await writeFile(join(folder, 'users.txt'), `"${username}" "${password}"\n`)
  await writeFile(file, configuration(new URL(server), folder, port))
  // It refuses to run as root, and reads its files as its new user.
  await chmod(folder, 0o755)
  const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const pooler = spawn(daemon, [...account, file])
  const kill = () => pooler.kill('SIGKILL')
  process.once('exit', kill)
  let log = ''
  await new Promise<void>((resolve, reject) => {
    pooler.stderr.on('data', (chunk) => {
      log += chunk
      if (READY.test(log)) resolve()
    })
    pooler.once('error', reject)
    pooler.once('exit', (code) => reject(new Error(`PgBouncer ended with ${code}:\n${log}`)))
  })
  return {
    urlOf(database) {
      const url = new URL(database)
      url.host = `127.0.0.1:${port}`
      return url.href
    },
    async stop() {
      process.off('exit', kill)
      pooler.kill('SIGINT')
      if (pooler.exitCode === null) await once(pooler, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration({ hostname, port: server }: URL, folder: string, port: number): string {
  return `[databases]
* = host=${hostname} port=${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 2
`
}
