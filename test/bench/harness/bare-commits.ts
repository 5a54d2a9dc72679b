import { Kysely, MysqlDialect, PostgresDialect, sql } from 'kysely'
import { createPool } from 'mysql2'
import pg from 'pg'
import { dialectOf } from '../../servers/dialect.ts'

/** The database alone: each client inserts one row and commits it, over a connection of its own where there are several. */
export interface BareCommits {
  /** One insertion and its commit. */
  readonly commit: () => Promise<unknown>
  readonly close: () => Promise<void>
}

const NOTE = 'x'.repeat(200)

export async function bareCommits(url: string, connections: number): Promise<BareCommits> {
  const db = new Kysely<{ bench_commit: { at: number; note: string } }>({ dialect: dialectWith(url, connections) })
  await sql`create table if not exists bench_commit (at bigint not null, note varchar(200) not null)`.execute(db)
  return {
    commit: () => db.insertInto('bench_commit').values({ at: Date.now(), note: NOTE }).execute(),
    close: () => db.destroy(),
  }
}

function dialectWith(url: string, connections: number) {
  if (url.startsWith('postgres:'))
    return new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: connections }) })
  if (url.startsWith('mysql:'))
    return new MysqlDialect({ pool: createPool({ uri: url, connectionLimit: connections }) })
  return dialectOf(url)
}
