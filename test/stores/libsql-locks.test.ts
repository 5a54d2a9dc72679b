import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockingBeforeWrites } from '@patkit/sql'
import { Kysely, SqliteDialect, sql } from 'kysely'
import Database from 'libsql'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'patkit-libsql-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Db = Kysely<unknown>

/** Each meets a lock. */
const MEETINGS: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'a statement': (db) => sql`delete from t where x = ${1}`.execute(db),
  'a statement that returns rows': (db) => sql`delete from t where x = ${1} returning x`.execute(db),
  'a transaction': (db) =>
    db.transaction().execute(async (trx) => {
      await sql`select x from t`.execute(trx)
      await sql`delete from t where x = ${1}`.execute(trx)
    }),
  'an explicit lock': (db) => sql`begin immediate`.execute(db),
}

test.each(Object.entries(MEETINGS))(
  'after %s met a lock, later writes are committed and lock no program out',
  async (_, meet) => {
    const file = join(folder, `${randomUUID()}.db`)
    const [first, other] = [new Database(file, { timeout: 0 }), new Database(file, { timeout: 0 })]
    for (const database of [first, other]) database.pragma('journal_mode = WAL')
    first.exec('create table t (x)')
    first.exec('insert into t values (1)')
    const db: Db = new Kysely({ dialect: new SqliteDialect({ database: lockingBeforeWrites(first) }) })
    other.exec('begin immediate')
    await expect(meet(db)).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
    other.exec('rollback')
    await sql`insert into t values (${2})`.execute(db)
    expect(other.prepare('select x from t order by x').all()).toEqual([{ x: 1 }, { x: 2 }])
    other.exec('begin immediate')
    other.exec('rollback')
    await meet(db)
    if (first.inTransaction) first.exec('rollback')
    await db.destroy()
    other.close()
  },
)

test('a write that fails is rolled back, and its error is reported', async () => {
  const database = new Database(join(folder, `${randomUUID()}.db`), { timeout: 0 })
  database.exec('create table t (x primary key)')
  const db: Db = new Kysely({ dialect: new SqliteDialect({ database: lockingBeforeWrites(database) }) })
  await sql`insert into t values (1)`.execute(db)
  await expect(sql`insert into t values (2), (1)`.execute(db)).rejects.toMatchObject({
    code: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  })
  const { rows } = await sql`insert into t values (3) returning x`.execute(db)
  expect(rows).toEqual([{ x: 3 }])
  expect((await sql`select x from t`.execute(db)).rows).toEqual([{ x: 1 }, { x: 3 }])
  await db.destroy()
})

test('anything else is refused by name', () => {
  expect(() => lockingBeforeWrites({} as never)).toThrow('"database"')
})
