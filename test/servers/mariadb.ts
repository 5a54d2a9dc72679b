import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary, isInstalled } from './binary.ts'
import { freePort, type OwnServer, pausable, type TestServer } from './test-server.ts'

const READY = /ready for connections/

/** MariaDB from the PATH, or the server that `PATKIT_TEST_MYSQL_URL` names. */
export async function startMariadb(): Promise<TestServer> {
  const given = process.env.PATKIT_TEST_MYSQL_URL
  return given === undefined ? ownMariadb() : { url: given, stop: async () => {} }
}

/** MariaDB from the PATH, durable as it is by default. */
export async function ownMariadb(): Promise<OwnServer> {
  const daemon = binary('mariadbd')
  const install = binary('mariadb-install-db')
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'patkit-mariadb-'))
  const account = process.getuid?.() === 0 ? ['--user=root'] : []
  const common = ['--no-defaults', `--datadir=${join(folder, 'data')}`, ...account]
  await promisify(execFile)(install, [...common, '--auth-root-authentication-method=normal', '--skip-test-db'])
  const start = () =>
    running(daemon, [...common, ...addresses(folder, port), '--skip-name-resolve', '--max-connections=200'])
  let server = await start()
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  async function halt(): Promise<void> {
    server.kill('SIGTERM')
    if (server.exitCode === null) await once(server, 'exit')
  }
  return {
    url: `mysql://root@127.0.0.1:${port}/mysql`,
    async stop() {
      process.off('exit', kill)
      await halt()
      await rm(folder, { recursive: true, force: true })
    },
    halt,
    async restart() {
      server = await start()
    },
    ...pausable(() => server.pid as number),
  }
}

function addresses(folder: string, port: number): string[] {
  const own = [`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`]
  return [`--port=${port}`, '--bind-address=127.0.0.1', ...own]
}

/** Whether a server of one's own can be had, for what must not be done to one that others use. */
export function hasOwnMariadb(): boolean {
  return isInstalled('mariadbd') && isInstalled('mariadb-install-db')
}

/** A server that takes connections: it says so on stderr, or why it ends. */
async function running(daemon: string, args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(daemon, args)
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk) => {
      log += chunk
      if (READY.test(log)) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`MariaDB ended with ${code}:\n${log}`)))
  })
  return server
}
