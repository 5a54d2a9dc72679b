import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary, isInstalled } from './binary.ts'
import { reasonIn, startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'
import { freePort, type OwnServer, signals, type TestServer } from './test-server.ts'

/** MariaDB from the PATH, or the server that `PATKIT_TEST_MYSQL_URL` names. */
export async function startMariadb(): Promise<TestServer> {
  const given = process.env.PATKIT_TEST_MYSQL_URL
  return given === undefined ? ownMariadb() : { url: given, stop: async () => {} }
}

/** MariaDB from the PATH, durable as it is by default. */
export async function ownMariadb(): Promise<OwnServer> {
  const daemon = binary('mariadbd')
  const install = binary('mariadb-install-db')
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-mariadb-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const server = await started(daemon, install, folder)
    return {
      ...server,
      async stop() {
        await server.halt()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function started(daemon: string, install: string, folder: string): Promise<Omit<OwnServer, 'stop'>> {
  const account = process.getuid?.() === 0 ? ['--user=root'] : []
  const common = ['--no-defaults', `--datadir=${join(folder, 'data')}`, ...account]
  await initialize(install, [...common, '--auth-root-authentication-method=normal', '--skip-test-db'])
  const port = await freePort()
  // Relative names are below the data: paths of sockets may have some 100 bytes.
  const own = ['--socket=socket', '--pid-file=pid', `--port=${port}`, '--bind-address=127.0.0.1']
  const args = [...common, ...own, '--skip-name-resolve', '--max-connections=200']
  const start = () => startServer({ name: 'MariaDB', command: daemon, args, ready: /ready for connections/ })
  let server = await start()
  return {
    url: `mysql://root@127.0.0.1:${port}/mysql`,
    halt: () => server.stop('SIGTERM'),
    async restart() {
      server = await start()
    },
    ...signals(() => server),
  }
}

async function initialize(install: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(install, args)
  } catch (cause) {
    const { message, stderr, stdout } = cause as Error & { readonly stderr?: string; readonly stdout?: string }
    throw new Error(`MariaDB cannot be set up: ${reasonIn(stderr || stdout || message)}`, { cause })
  }
}

/** Whether a server of one's own can be had, for what must not be done to one that others use. */
export function hasOwnMariadb(): boolean {
  return isInstalled('mariadbd') && isInstalled('mariadb-install-db')
}
