import { describe, inject } from 'vitest'
import { openMariadb, openPostgres, openSqlite, type TestDatabase } from './test-database.ts'

export type { TestDatabase }

/** An engine to test on. */
export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MariaDB'
  /** Whether it could not be had here. */
  readonly missing: boolean
  /** A new, empty database. */
  open(): Promise<TestDatabase>
}

const { postgres, mariadb } = inject('servers')

export const ENGINES: readonly Engine[] = [
  { name: 'SQLite', missing: false, open: openSqlite },
  { name: 'PostgreSQL', missing: postgres === null, open: () => openPostgres(postgres as string) },
  { name: 'MariaDB', missing: mariadb === null, open: () => openMariadb(mariadb as string) },
]

/** Tests on each engine. Those of a missing engine are skipped by name, with their hooks. */
export function onEachEngine(tests: (engine: Engine) => void): void {
  onEach(ENGINES, tests)
}

/** The same on those that are servers. */
export function onEachServer(tests: (engine: Engine) => void): void {
  onEach(
    ENGINES.filter(({ name }) => name !== 'SQLite'),
    tests,
  )
}

function onEach(engines: readonly Engine[], tests: (engine: Engine) => void): void {
  for (const engine of engines) describe.skipIf(engine.missing)(engine.name, () => tests(engine))
}
