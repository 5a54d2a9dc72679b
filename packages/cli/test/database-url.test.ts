import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { onEachServer } from '../../../test/servers/engine.ts'
import { parseDatabaseUrl } from '../src/database/url.ts'
import { bench } from './sqlite.ts'
import { patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const POSTGRES = 'postgres://ada@localhost/tokens'
const MYSQL = 'mysql://ada@localhost/tokens'
const parsed = (url: string) => parseDatabaseUrl(url, 'PATKIT_DB', { env: {}, cwd: '/home/ada' })

test.each([
  [`${POSTGRES}?sslmode=REQUIRED`, '"sslmode" must be one of disable'],
  [`${POSTGRES}?sslmode=allow`, '"sslmode" must be one of disable'],
  [`${POSTGRES}?ssl-mode=REQUIRED`, '"ssl-mode", which is not known'],
  [`${POSTGRES}?ssl=maybe`, '"ssl" must be true or false'],
  [`${POSTGRES}?channel_binding=require`, '"channel_binding" must be disable or prefer'],
  [`${POSTGRES}?target_session_attrs=read-write`, '"target_session_attrs", which is not known'],
  [`${POSTGRES}?connect_timeout=soon`, '"connect_timeout" must be a whole number'],
  [`${POSTGRES}?client_encoding=LATIN1`, '"client_encoding" must be UTF8'],
  [`${POSTGRES}?schema=a&schema=b`, '"schema" is given twice'],
  [`${POSTGRES}?schema=a&search_path=b`, '"search_path" is given twice'],
  [`${POSTGRES}?schema=a.b`, '"schema" must be one name'],
  [`${POSTGRES}?__proto__=x`, 'a parameter, which is not known'],
  [`${POSTGRES}#x`, 'has a "#"'],
  ['postgres:tokens', 'must be sqlite:<path>'],
  [`${MYSQL}?ssl-mode=PREFERRED`, '"ssl-mode" must be one of disabled'],
  [`${MYSQL}?ssl-mode=constructor`, '"ssl-mode" must be one of disabled'],
  [`${MYSQL}?ssl=yes please!`, '"ssl" must be true'],
  [`${MYSQL}?charset=latin1`, '"charset" must be utf8mb4'],
  [`${MYSQL}?user=root`, '"user", which is not known'],
  [`${MYSQL}?multipleStatements=true`, '"multipleStatements", which is not known'],
  [`${MYSQL}?useSSL=true`, '"useSSL", which is not known'],
  [`${MYSQL}?ssl=true&ssl-mode=REQUIRED`, '"ssl-mode" is given twice'],
  ['sqlite://tokens.db', 'has no path behind "//": sqlite:tokens.db is a file'],
  ['sqlite:tokens.db?mode=ro', '"mode", which is not known'],
  ['sqlite::memory:', 'must name a file'],
  ['sqlite:?mode=ro', 'must be sqlite:<path>'],
  ['file:tokens.db', 'must be sqlite:<path>'],
])('%s is refused by name', async (url, problem) => {
  const told = await patkit(['migrate'], { env: { PATKIT_DB: url }, cwd: folder })
  expect(told).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) })
  expect(existsSync('/tokens.db')).toBe(false)
})

test.each([
  [`${POSTGRES}?sslmode=verify-full`, { connection: `${POSTGRES}?sslmode=verify-full`, driver: {} }],
  [`${POSTGRES}?ssl=1`, { connection: `${POSTGRES}?ssl=true` }],
  [`${POSTGRES}?ssl=false`, { connection: `${POSTGRES}?ssl=0` }],
  [`${POSTGRES}?schema=app&pgbouncer=true`, { connection: POSTGRES, driver: {}, schema: 'app' }],
  [`${POSTGRES}?search_path=app`, { connection: POSTGRES, schema: 'app' }],
  [`${POSTGRES}?tablePrefix=a_`, { connection: POSTGRES, schema: null, tablePrefix: 'a_' }],
  [
    `${POSTGRES}?connection_limit=2&connect_timeout=7`,
    { connection: POSTGRES, driver: { max: 2, connectionTimeoutMillis: 7_000 } },
  ],
  [`${MYSQL}?ssl-mode=DISABLED`, { connection: MYSQL, driver: {} }],
  [`${MYSQL}?ssl-mode=REQUIRED`, { connection: MYSQL, driver: { ssl: { rejectUnauthorized: false } } }],
  [`${MYSQL}?sslmode=verify-ca`, { driver: { ssl: { rejectUnauthorized: true } } }],
  [`${MYSQL}?ssl=true`, { driver: { ssl: { rejectUnauthorized: true, verifyIdentity: true } } }],
  [`${MYSQL}?ssl={"ca":"x"}`, { driver: { ssl: { ca: 'x' } } }],
  [`${MYSQL}?connection_limit=2`, { driver: { connectionLimit: 2 } }],
  ['sqlite:tokens.db', { connection: '/home/ada/tokens.db' }],
  ['sqlite:///var/tokens.db', { connection: '/var/tokens.db' }],
  ['sqlite:tokens.db?tablePrefix=a_', { connection: '/home/ada/tokens.db', tablePrefix: 'a_' }],
])('%s is read as it is meant', (url, meaning) => {
  expect(parsed(url)).toMatchObject(meaning)
})

test('schema and prefix come from the environment, the file or the URL, and must agree', async () => {
  const env = { PATKIT_DB: 'sqlite:place.db', PATKIT_TABLE_PREFIX: 'acme_' }
  expect((await patkit(['migrate'], { env, cwd: folder })).code).toBe(0)
  const tables = new Database(join(folder, 'place.db'))
    .prepare(
      `select name from sqlite_master where type = 'table' and name <> 'sqlite_sequence' and name not like 'acme\\_%' escape '\\'`,
    )
    .all()
  expect(tables).toEqual([])
  const other = { ...env, PATKIT_DB: 'sqlite:place.db?tablePrefix=other_' }
  const told = await patkit(['migrate'], { env: other, cwd: folder })
  expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('PATKIT_TABLE_PREFIX') })
  const schema = await patkit(['migrate'], { env: { ...env, PATKIT_SCHEMA: 'app' }, cwd: folder })
  expect(schema).toMatchObject({ code: 2, stderr: expect.stringContaining('"schema" is not for SQLite') })
})

test('a file that is copied after a command has everything in it', async () => {
  const ada = await bench(folder)
  const { id } = await ada.issue()
  const file = (ada.env.PATKIT_DB as string).slice('sqlite:'.length)
  copyFileSync(file, join(folder, 'copy.db'))
  const copy = new Database(join(folder, 'copy.db'))
  expect(copy.prepare('select id from patkit_token').all()).toEqual([{ id }])
  copy.close()
})

onEachServer(({ name, open }) => {
  if (name !== 'PostgreSQL') {
    test('?ssl-mode=REQUIRED never speaks in plain text', async () => {
      const database = await open()
      const connection = await createConnection(database.url)
      const [rows] = await connection.query<RowDataPacket[]>(`show variables like 'have_ssl'`)
      await connection.end()
      const hasTls = rows[0]?.Value === 'YES'
      const env = { PATKIT_DB: `${database.url}?ssl-mode=REQUIRED` }
      expect((await patkit(['migrate'], { env })).code).toBe(hasTls ? 0 : 3)
      await database.drop()
    })
    return
  }

  test('?schema= is where the tables are', async () => {
    const database = await open()
    const env = { PATKIT_DB: `${database.url}?schema=app`, PATKIT_PREFIX: 'acme_pat' }
    for (const args of [
      'migrate',
      'migrate',
      'principal create ada',
      'token create --principal ada --name a',
      'doctor',
    ]) {
      expect(await patkit(args.split(' '), { env, clock: Date.now })).toMatchObject({ code: 0 })
    }
    const client = new Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(`select distinct schemaname from pg_tables where tablename like 'patkit%'`)
    expect(rows).toEqual([{ schemaname: 'app' }])
    await client.end()
    await database.drop()
  })
})
