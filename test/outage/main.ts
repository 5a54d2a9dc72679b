import { ownMariadb } from '../servers/mariadb.ts'
import { ownPostgres } from '../servers/postgres.ts'
import { openRunFolder } from '../servers/temporary.ts'
import { openMariadb, openPostgres, openSqlite, type TestDatabase } from '../servers/test-database.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { killUnderLoad } from './kill.ts'
import type { Findings } from './record.ts'

/** `pnpm trial kill [kills]`: kills an API again and again on each engine, and prints answers and records. */
const KILLS = Number(process.argv[2] ?? 20)

const removeFolder = await openRunFolder()

await killed('SQLite', openSqlite)
await onServer('PostgreSQL', ownPostgres, openPostgres)
await onServer('MariaDB', ownMariadb, openMariadb)
await removeFolder()

async function onServer(
  name: string,
  start: () => Promise<OwnServer>,
  open: (server: string) => Promise<TestDatabase>,
): Promise<void> {
  const server = await start()
  await killed(name, () => open(server.url))
  await server.stop()
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
  const fewest = Math.min(...all.map(({ answered }) => answered))
  console.log(
    `${name}: ${all.length} kills, ${sum(({ answered }) => answered)} requests answered (${fewest} or more each time), ` +
      `${sum(({ rows }) => rows)} events on record, ${lost} answered requests without theirs, ${broken} broken`,
  )
  if (lost + broken > 0) process.exitCode = 1
}
