import { ownMariadb } from '../servers/mariadb.ts'
import { ownPostgres } from '../servers/postgres.ts'
import { openRunFolder } from '../servers/temporary.ts'
import { openMariadb, openPostgres, openSqlite, type TestDatabase } from '../servers/test-database.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { killOneOf, killUnderLoad, LEAST_ANSWERED } from './kill.ts'
import type { Findings } from './record.ts'

/** `pnpm trial kill [kills]`: kills an API again and again on each engine, and prints answers and records. */
const KILLS = Number(process.argv[2] ?? 20)
const NODES = 4

const removeFolder = await openRunFolder()

await killed('SQLite', openSqlite)
await onServer(ownPostgres, async ({ url }) => {
  await killed('PostgreSQL', () => openPostgres(url))
  await killedOneOfSeveral(() => openPostgres(url))
})
await onServer(ownMariadb, ({ url }) => killed('MariaDB', () => openMariadb(url)))
await removeFolder()

async function onServer(start: () => Promise<OwnServer>, work: (server: OwnServer) => Promise<void>): Promise<void> {
  const server = await start()
  await work(server)
  await server.stop()
}

async function killedOneOfSeveral(open: () => Promise<TestDatabase>): Promise<void> {
  const database = await open()
  report(`PostgreSQL, one of ${NODES} nodes at once`, [await killOneOf(NODES, KILLS, database.url)])
  await database.drop()
}

async function killed(name: string, open: () => Promise<TestDatabase>): Promise<void> {
  const all: Findings[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    const database = await open()
    all.push(await killUnderLoad(database.url))
    await database.drop()
    process.stderr.write(`\r${name}: ${kill} of ${KILLS} kills `)
  }
  process.stderr.write('\n')
  report(name, all)
}

function report(name: string, all: readonly Findings[]): void {
  const sum = (of: (findings: Findings) => number) => all.reduce((total, findings) => total + of(findings), 0)
  const lost = sum((findings) => findings.lost.length)
  const broken = sum((findings) => findings.broken.length)
  console.log(
    `${name}: ${KILLS} kills, ${sum(({ answered }) => answered)} requests answered (${LEAST_ANSWERED} or more before each), ` +
      `${sum(({ rows }) => rows)} events on record, ${lost} answered requests without theirs, ${broken} broken`,
  )
  if (lost + broken > 0) process.exitCode = 1
}
