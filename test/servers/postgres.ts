import { execFile } from 'node:child_process'
import { chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
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

/** PostgreSQL of one's own, which can have a standby. */
export interface OwnPostgres extends OwnServer {
  /** Starts a streaming replica from a cold copy of the data: the server is started again for that. */
  startStandby(): Promise<OwnServer>
}

/** PostgreSQL from npm, durable as it is by default. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(temporaryBase(), 'patkit-postgres-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const place = await prepared(folder)
    const server = await started(place, join(folder, 'data'), [])
    return {
      ...server,
      startStandby: () => standbyOf(server, place),
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

/** Where servers run, and as whom. */
interface Place {
  readonly folder: string
  readonly account: Account | null
  /** The path of the program. */
  readonly postgres: string
}

type Started = Omit<OwnServer, 'stop'>

/** Makes the data of a server. */
async function prepared(folder: string): Promise<Place> {
  const account = unprivileged()
  if (account !== null) await chown(folder, account.uid, account.gid)
  const { initdb, postgres } = await postgresBinaries(account, folder, await installedPostgres())
  await initialize(initdb, folder, account)
  return { folder, account, postgres }
}

async function standbyOf(primary: Started, place: Place): Promise<OwnServer> {
  const { folder, account } = place
  const data = await mkdtemp(join(folder, 'standby-'))
  await primary.halt()
  await cp(join(folder, 'data'), data, { recursive: true })
  await writeFile(join(data, 'standby.signal'), '')
  if (account !== null) await promisify(execFile)('chown', ['-R', `${account.uid}:${account.gid}`, data])
  await primary.restart()
  const { port } = new URL(primary.url)
  const source = `host=127.0.0.1 port=${port} user=${USER} password=${PASSWORD} application_name=standby`
  const standby = await started(place, data, [`primary_conninfo=${source}`])
  return { ...standby, stop: standby.halt }
}

async function started({ folder, account, postgres }: Place, data: string, more: readonly string[]): Promise<Started> {
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', 'unix_socket_directories=', ...more]
  const start = () =>
    startServer({
      name: 'PostgreSQL',
      command: postgres,
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      ready: /ready to accept (?:read-only )?connections/,
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

async function initialize(initdb: string, folder: string, account: Account | null): Promise<void> {
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
}
