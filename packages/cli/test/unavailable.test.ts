import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { onEachServer } from '../../../test/servers/engine.ts'
import { freePort } from '../../../test/servers/test-server.ts'
import { bench } from './sqlite.ts'
import { patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const port = await freePort()

test.each(['postgres', 'mysql'])('no listener: %s', async (engine) => {
  const env = { PATKIT_DB: `${engine}://ada:hunter-zwei@127.0.0.1:${port}/tokens` }
  for (const args of [['token', 'list'], ['migrate'], ['audit', 'list', '--json']]) {
    const told = await patkit(args, { env })
    expect(told).toMatchObject({ code: 3, stdout: '' })
    expect(told.stderr).toContain(`${engine}://ada@127.0.0.1:${port}/tokens cannot be used: connect ECONNREFUSED`)
  }
  const doctor = await patkit(['doctor', '--json'], { env })
  expect(doctor.code).toBe(1)
  expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: false, checks: [{}, { name: 'database', state: 'problem' }] })
})

test.each([
  ['postgres', 'PGPASSWORD'],
  ['mysql', 'MYSQL_PWD'],
])('%s takes a password from %s, and shows it nowhere', async (engine, variable) => {
  const env = { PATKIT_DB: `${engine}://ada@127.0.0.1:${port}/tokens`, [variable]: 'hunter-zwei' }
  expect((await patkit(['token', 'list'], { env })).code).toBe(3)
})

test('verify tells an outage from a bad token', async () => {
  const env = { PATKIT_DB: `postgres://127.0.0.1:${port}/tokens`, PATKIT_PREFIX: 'acme_pat' }
  const { secret } = await (await bench(folder)).issue()
  expect(await patkit(['verify'], { env, stdin: secret })).toMatchObject({ code: 3, stdout: '' })
})

test('a SQLite file is made by migrate alone', async () => {
  const told = await patkit(['token', 'list', '--db', 'sqlite:typo.db'], { cwd: folder })
  expect(told).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no database at sqlite:typo.db: create it with patkit migrate'),
  })
})

test('tables that are not there are to be migrated', async () => {
  writeFileSync(join(folder, 'empty.db'), '')
  const told = await patkit(['token', 'list', '--db', 'sqlite:empty.db'], { cwd: folder })
  expect(told).toMatchObject({ code: 3, stderr: expect.stringContaining('run patkit migrate') })
  const doctor = await patkit(['doctor', '--db', 'sqlite:empty.db'], { cwd: folder, clock: Date.now })
  expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('PROBLEM  migrations: run patkit migrate') })
})

test('a file that is no database cannot be used', async () => {
  writeFileSync(join(folder, 'text.db'), 'This is no database, and long enough to show it. '.repeat(40))
  expect((await patkit(['token', 'list', '--db', 'sqlite:text.db'], { cwd: folder })).code).toBe(3)
  const nowhere = await patkit(['migrate', '--db', 'sqlite:no/such/folder/a.db'], { cwd: folder })
  expect(nowhere).toMatchObject({ code: 3, stdout: '' })
})

onEachServer(({ name, open }) => {
  test('tables that it lacks are to be migrated', async () => {
    const database = await open()
    const told = await patkit(['token', 'list'], { env: { PATKIT_DB: database.url } })
    expect(told).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('run patkit migrate') })
    await database.drop()
  })

  if (name === 'PostgreSQL')
    test('a password from PGPASSWORD opens the database, with any characters', async () => {
      const database = await open()
      const url = new URL(database.url)
      const role = `patkit_${randomBytes(6).toString('hex')}`
      const password = "p@ss/w:rd%41?&# 'ü"
      const admin = new pg.Client({ connectionString: url.href })
      await admin.connect()
      await admin.query(`create role ${role} login superuser password ${admin.escapeLiteral(password)}`)
      url.username = role
      url.password = ''
      const migrate = (variables: object) => patkit(['migrate'], { env: { PATKIT_DB: url.href, ...variables } })
      expect(await migrate({ PGPASSWORD: password })).toMatchObject({ code: 0, stderr: '' })
      const wrong = await migrate({ PGPASSWORD: 'hunter-zwei' })
      expect(wrong).toMatchObject({ code: 3, stderr: expect.stringMatching(/password authentication failed/) })
      await admin.query(`reassign owned by ${role} to current_user`)
      await admin.query(`drop role ${role}`)
      await admin.end()
      await database.drop()
    })
})
