import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { createVerifier, tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type Issued } from '@patkit/tokens'
import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { bundledProgram } from '../../../test/servers/bundled-program.ts'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { type Engine, onEachEngine } from '../../../test/servers/engine.ts'
import { waitUntil } from '../../../test/servers/wait-until.ts'
import { bench } from './sqlite.ts'
import { document, patkit, scratchFolder } from './terminal.ts'

const BATCH = 500
/** Two batches of an erasure. */
const USES = 600
const TOKEN_NAME = 'laptop of ada'
const ADDRESS = '192.0.2.1'
const USER_AGENT = 'ada-browser/1.0'
/** What names the principal. */
const PERSONAL = ['ada', TOKEN_NAME, ADDRESS, USER_AGENT, '/of-ada']
const ADA = { organizationId: 'default', principalId: 'ada' }
const ERASE = 'principal erase ada --events pseudonymise'

const folder = scratchFolder()

test('without --yes it says what it would do, and does nothing', async () => {
  const { run, issue } = await bench(folder)
  await issue()
  const asked = await run(ERASE)
  expect([asked.code, asked.stdout]).toEqual([2, ''])
  expect(asked.stderr).toContain(
    'this would erase ada in the organization default with 1 token; --events is pseudonymise',
  )
  expect(document(await run('principal list --json'))).toMatchObject({ items: [{ principalId: 'ada' }] })
})

test.each(['keep', 'pseudonymise', 'erase'])('--events %s is what becomes of the events', async (events) => {
  const { run, issue } = await bench(folder)
  await issue()
  const erased = document(await run(`principal erase ada --events ${events} --yes --json`))
  expect(erased).toEqual({ recordedAs: events === 'keep' ? 'ada' : expect.stringMatching(/^erased-/), tokens: 1 })
  const { items } = document<{ items: { action: string; principalId: string }[] }>(await run('audit list --json'))
  const created = items.filter(({ action }) => action === 'create')
  expect(created.map(({ principalId }) => principalId)).toEqual(events === 'erase' ? [] : [erased.recordedAs])
  expect((await run('principal list')).stderr).toContain('No principals')
  const again = await run(`principal erase ada --events ${events} --yes`)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('no erasure to finish') })
})

test.each([
  ['principal erase ada --yes', '--events'],
  ['principal erase ada --events all --yes', '--events'],
  ['principal erase --events keep --yes', 'id'],
])('%s is refused, and names the fault', async (line, name) => {
  const { run } = await bench(folder)
  expect(await run(line)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(name) })
})

/** A database in which ada has used a token more often than one batch takes, and has a token of a robot act for it. */
async function used(url: string) {
  const store = sqlStore({ dialect: dialectOf(url) })
  await store.migrate()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
  const actor = { id: 'test', scopes: null }
  const robot = { ...ADA, principalId: 'robot' }
  for (const owner of [ADA, robot]) {
    await tokens.putPrincipal(actor, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  }
  const ofRobot = await tokens.create({ id: 'ada', scopes: null }, robot, { name: 'robot', userId: 'ada' })
  const own = await tokens.create(actor, ADA, { name: TOKEN_NAME })
  // A busy machine writes a batch in more than the default second, and the store ends here.
  const audit = { mode: 'background', sink: store.audit, timeoutMs: 60_000 } as const
  const verifier = createVerifier({ ...tokens.verifierOptions, audit })
  const context = { id: null, method: 'GET', path: '/of-ada', route: null, userAgent: USER_AGENT }
  const readerOf = ({ secret }: Issued) => {
    return { header: () => `Bearer ${secret.reveal()}`, peer: () => ADDRESS, context: () => context }
  }
  await verifier.verify({}, readerOf(ofRobot))
  for (let n = 0; n < USES; n++) await verifier.verify({}, readerOf(own))
  await verifier.settled()
  await tokens.close()
  await store[Symbol.asyncDispose]()
}

type Db = Kysely<unknown>

/** Makes the second batch wait: it has the last event. @returns what ends the wait */
const HOLDS: Readonly<Record<Engine['name'], (db: Db) => Promise<() => Promise<unknown>>>> = {
  async SQLite(db) {
    // Without locks on rows, the batch that has the row counts without an end.
    await sql`
      create trigger hold before update on patkit_use
      when old.id = (select id from patkit_use where principal_id = 'ada' order by at desc, id desc limit 1)
      begin select (with recursive numbers(n) as (select 1 union all select n + 1 from numbers) select max(n) from numbers);
      end`.execute(db)
    return () => sql`drop trigger hold`.execute(db)
  },
  async PostgreSQL(db) {
    const trx = await db.startTransaction().execute()
    await sql`select id from patkit_use where id = ${await lastUse(db)} for update`.execute(trx)
    return () => trx.rollback().execute()
  },
  async MariaDB(db) {
    // Not by a lock on the row: a batch locks every row that it passes, and may pass the last one.
    await sql`
      create trigger hold before update on patkit_use for each row
        if old.id = ${sql.lit(await lastUse(db))} then do get_lock(concat(database(), '.hold'), 1000); end if`.execute(
      db,
    )
    const trx = await db.startTransaction().execute()
    await sql`do get_lock(concat(database(), '.hold'), 0)`.execute(trx)
    return async () => {
      await sql`do release_lock(concat(database(), '.hold'))`.execute(trx)
      await trx.rollback().execute()
    }
  },
}

async function lastUse(db: Db): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from patkit_use where principal_id = 'ada' order by at desc, id desc limit 1`.execute(db)
  return (rows[0] as { id: string }).id
}

/** The tables that have a row with one of the values, in any column. */
async function tablesWith(db: Db, values: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name } of await db.introspection.getTables()) {
    const { rows } = await sql<object>`select * from ${sql.table(name)}`.execute(db)
    const cells = new Set(rows.flatMap((row) => Object.values(row)))
    if (values.some((value) => cells.has(value))) found.push(name)
  }
  return found.sort()
}

onEachEngine(({ name, open }) => {
  test('killed between two batches, it goes on when it is run again, and nothing of the principal stays', async () => {
    const database = await open()
    await used(database.url)
    const db: Db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    const left = async () =>
      (await sql<{ id: string }>`select id from patkit_use where principal_id = 'ada'`.execute(db)).rows.length
    expect(await left()).toBe(USES)
    expect(await tablesWith(db, PERSONAL)).toEqual([
      'patkit_change',
      'patkit_invalidation',
      'patkit_principal',
      'patkit_secret',
      'patkit_token',
      'patkit_use',
    ])
    const env = { PATKIT_DB: database.url, PATKIT_PREFIX: 'acme_pat' }
    const program = await bundledProgram('packages/cli/src/main.ts')
    const erase = [...ERASE.split(' '), '--yes', '--json']
    const release = await HOLDS[name](db)
    const child = spawn(process.execPath, [program, ...erase], { env: { ...process.env, ...env } })
    const closed = once(child, 'close')
    const said = text(child.stderr)
    await waitUntil(async () => (await left()) !== USES || child.exitCode !== null)
    child.kill('SIGKILL')
    expect((await closed)[1], await said).toBe('SIGKILL')
    // While the row is held: afterwards a server may still finish the statement of the killed client.
    expect(await left()).toBe(USES - BATCH)
    await release()
    expect(document(await patkit(erase, { env }))).toEqual({ recordedAs: expect.stringMatching(/^erased-/), tokens: 0 })
    expect(await tablesWith(db, PERSONAL)).toEqual(['patkit_erasure'])
    const aWeekLater = Date.now() + 8 * 86_400_000
    const store = sqlStore({ dialect: dialectOf(database.url) })
    await store.prune(new Date(aWeekLater))
    expect(await tablesWith(db, PERSONAL)).toEqual([])
    await store[Symbol.asyncDispose]()
    await db.destroy()
    await database.drop()
  })
})
