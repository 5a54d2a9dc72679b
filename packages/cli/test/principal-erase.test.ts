import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createVerifier, tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { bundledProgram } from '../../../test/servers/bundled-program.ts'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { ENGINES } from '../../../test/servers/engine.ts'
import { bench } from './sqlite.ts'
import { document, patkit, scratchFolder } from './terminal.ts'

/** More than one batch of an erasure. */
const USES = 600
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
])('%s is refused, and names what is wrong', async (line, name) => {
  const { run } = await bench(folder)
  expect(await run(line)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(name) })
})

/** A database in which ada has used a token more often than one batch takes. */
async function used(url: string) {
  const store = sqlStore({ dialect: dialectOf(url) })
  await store.migrate()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
  const actor = { id: 'test', scopes: null }
  await tokens.putPrincipal(actor, { ...ADA, kind: 'user', disabledAt: null, ceiling: null })
  const secret = (await tokens.create(actor, ADA, { name: 'backup' })).secret.reveal()
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'background', sink: store.audit } })
  const context = { id: null, method: 'GET', path: '/', route: null, userAgent: null }
  const reader = { header: () => `Bearer ${secret}`, peer: () => '192.0.2.1', context: () => context }
  for (let n = 0; n < USES; n++) await verifier.verify({}, reader)
  await verifier.settled()
  await tokens.close()
  await store[Symbol.asyncDispose]()
}

const postgres = ENGINES.filter(({ name }) => name === 'PostgreSQL')
describe.skipIf(postgres[0]?.missing)('PostgreSQL', () => {
  test('killed between two batches, it goes on when it is run again', async () => {
    const database = await (postgres[0] as (typeof ENGINES)[number]).open()
    await used(database.url)
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    const left = async () =>
      (await sql<{ id: string }>`select id from patkit_use where principal_id = 'ada'`.execute(db)).rows.length
    expect(await left()).toBe(USES)
    const env = { PATKIT_DB: database.url, PATKIT_PREFIX: 'acme_pat' }
    const program = await bundledProgram('packages/cli/src/main.ts')
    const erase = [...ERASE.split(' '), '--yes', '--json']
    // The last event is locked, so that the first batch is written and the second one waits.
    await db.transaction().execute(async (trx) => {
      await sql`select id from patkit_use order by at desc, id desc limit 1 for update`.execute(trx)
      const child = spawn(process.execPath, [program, ...erase], { env: { ...process.env, ...env } })
      const closed = once(child, 'close')
      while ((await left()) === USES && child.exitCode === null);
      child.kill('SIGKILL')
      expect((await closed)[1]).toBe('SIGKILL')
      // While the lock is held: afterwards the server may still finish the statement of the killed client.
      expect(await left()).toBeGreaterThan(0)
      expect(await left()).toBeLessThan(USES)
    })
    expect(document(await patkit(erase, { env }))).toEqual({ recordedAs: expect.stringMatching(/^erased-/), tokens: 0 })
    expect(await left()).toBe(0)
    await db.destroy()
    await database.drop()
  })
})
