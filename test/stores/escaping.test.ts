import { sqlStore } from '@patkit/sql'
import { CompiledQuery, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import { expect, test } from 'vitest'
import { ENGINES } from '../servers/engine.ts'

const MARIADB = ENGINES.find(({ name }) => name === 'MariaDB')

/** A pool whose connections all begin in a mode. */
function dialectIn(mode: string, uri: string): MysqlDialect {
  return new MysqlDialect({
    pool: createPool({ uri, connectionLimit: 2 }),
    onCreateConnection: async (connection) => {
      await connection.executeQuery(CompiledQuery.raw(`set session sql_mode = '${mode}'`))
    },
  })
}

test.skipIf(MARIADB?.missing ?? true)(
  'a server that does not read values as its driver writes them is refused',
  async () => {
    const database = await (MARIADB as NonNullable<typeof MARIADB>).open()
    const unsafe = sqlStore({ dialect: dialectIn('STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES', database.url) })
    const refusal = /^sql_mode has NO_BACKSLASH_ESCAPES/
    await expect(unsafe.migrate()).rejects.toThrow(refusal)
    await expect(unsafe.inspect()).rejects.toThrow(refusal)
    const safe = sqlStore({ dialect: dialectIn('STRICT_TRANS_TABLES,ANSI_QUOTES', database.url) })
    expect((await safe.inspect()).pendingMigrations).not.toEqual([])
    await Promise.all([unsafe[Symbol.asyncDispose](), safe[Symbol.asyncDispose]()])
    await database.drop()
  },
)
