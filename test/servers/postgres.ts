import { execFile } from 'node:child_process'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, unprivileged } from './account.ts'
import { installedPostgres, postgresBinaries } from './postgres-binaries.ts'
import { reasonIn, startServer } from './server-process.ts'
import { temporaryBase } from './temporary.ts'
import { freePort, type OwnServer, signals, type TestServer } from './test-server.ts'

const USER = 'postgres'
const PASSWORD = 'postgres'

/** PostgreSQL from npm, or the one that `PATKIT_TEST_POSTGRES_URL` names. */
export async function startPostgres(): Promise<TestServer> {
  const given = process.env.PATKIT_TEST_POSTGRES_URL
  return given === undefined ? ownPostgres() : { url: given, stop: async () => {} }
}

/** PostgreSQL from npm, durable as it is by default. */
export async function ownPostgres(): Promise<OwnServer> {
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-postgres-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const server = await started(folder)
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

async function started(folder: string): Promise<Omit<OwnServer, 'stop'>> {
  const account = unprivileged()
  if (account !== null) await chown(folder, account.uid, account.gid)
  const { initdb, postgres } = await postgresBinaries(account, folder, await installedPostgres())
  const data = await initialize(initdb, folder, account)
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', 'unix_socket_directories=']
  const start = () =>
    startServer({
      name: 'PostgreSQL',
      command: postgres,
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      ready: /ready to accept connections/,
      account,
      cwd: folder,
    })
  let server = await start()
  return {
    url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    halt: () => server.stop('SIGINT'),
    async restart() {
      server = await start()
    },
    ...signals(() => server),
  }
}

/** @returns the folder of the data */
async function initialize(initdb: string, folder: string, account: Account | null): Promise<string> {
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, PASSWORD)
  if (account !== null) await chown(passwordFile, account.uid, account.gid)
  const login = [`--username=${USER}`, '--auth=password', `--pwfile=${passwordFile}`]
  const args = ['-D', data, ...login, '--encoding=UTF8', '--locale=C', '--no-sync']
  try {
    await promisify(execFile)(initdb, args, { ...account, cwd: folder })
  } catch (cause) {
    const { message, stderr } = cause as Error & { readonly stderr?: string }
    throw new Error(`PostgreSQL cannot be set up: ${reasonIn(stderr || message)}`, { cause })
  }
  return data
}
