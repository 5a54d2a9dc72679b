import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownMariadb } from '../servers/mariadb.ts'
import { ownPostgres } from '../servers/postgres.ts'
import type { TestServer } from '../servers/test-server.ts'
import { killUnderLoad } from './kill.ts'
import type { Findings } from './record.ts'

/** `pnpm kill [kills]`: kills an API again and again on each engine, and prints what was answered and what is on record. */
const KILLS = Number(process.argv[2] ?? 20)

const PLACES: readonly (readonly [name: string, start: () => Promise<TestServer>])[] = [
  ['SQLite', sqliteFile],
  ['PostgreSQL', ownPostgres],
  ['MariaDB', ownMariadb],
]

for (const [name, start] of PLACES) {
  const place = await start()
  const all: Findings[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    all.push(await killUnderLoad(place.url))
    process.stderr.write(`\r${name}: ${kill} of ${KILLS} kills `)
  }
  process.stderr.write('\n')
  await place.stop()
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

async function sqliteFile(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-kill-'))
  return { url: `sqlite:${join(folder, 'api.db')}`, stop: () => rm(folder, { recursive: true, force: true }) }
}
