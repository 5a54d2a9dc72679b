import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { freePort } from '../../../test/servers/test-server.ts'
import { bench } from './sqlite.ts'
import { document, NOW, patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const DAY_MS = 86_400_000
const LATER = 'token notices --within 7'

interface Notices {
  readonly items: readonly { readonly id: string; readonly within: number; readonly token: { readonly id: string } }[]
}

/** One token that ends in five days. */
async function ending() {
  const { run, issue } = await bench(folder)
  const { id } = await issue('--expires-in', '5d')
  await issue('--expires-in', '90d')
  const at = (line: string, minutes = 0) => run(line, { clock: () => NOW + minutes * 60_000 })
  return { at, id }
}

test('a notice is printed as a row, with its id, the end and the owner', async () => {
  const { at } = await ending()
  const { code, stdout, stderr } = await at(LATER)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(new Date(NOW + 5 * DAY_MS).toISOString().slice(0, 10))
  for (const text of ['backup', 'ada', '.7.']) expect(stdout).toContain(text)
})

test('it is given again after ten minutes, with the same id, until it is confirmed', async () => {
  const { at, id } = await ending()
  const first = document<Notices>(await at(`${LATER} --json`))
  expect(first.items).toMatchObject([{ within: 7, token: { id } }])
  expect(document(await at(`${LATER} --json`, 9))).toEqual({ items: [] })
  const again = document<Notices>(await at(`${LATER} --json`, 11))
  expect(again.items.map((notice) => notice.id)).toEqual(first.items.map((notice) => notice.id))
  const confirm = `token confirm-notices ${first.items[0]?.id}`
  expect(await at(confirm, 12)).toMatchObject({ code: 0, stdout: '1 notice confirmed.\n', stderr: '' })
  expect(document(await at(`${LATER} --json`, 60))).toEqual({ items: [] })
})

test('--confirm confirms the printed notices', async () => {
  const { at } = await ending()
  expect(document<Notices>(await at(`${LATER} --confirm --json`)).items).toHaveLength(1)
  expect(document(await at(`${LATER} --json`, 60))).toEqual({ items: [] })
})

test('no notice is no failure', async () => {
  const { run } = await bench(folder)
  expect(await run(LATER)).toMatchObject({ code: 0, stdout: '', stderr: 'No notice is due.\n' })
  expect(document(await run('token confirm-notices 1.7.unknown --json'))).toEqual({ confirmed: 0 })
})

test.each([
  ['token notices', 2, '--within'],
  ['token notices --within soon', 2, '--within'],
  ['token notices --within 7 --limit 0', 2, 'limit'],
  ['token notices --within 7 --limit many', 2, 'limit'],
  ['token notices --within 7,7,', 2, '--within'],
  ['token notices --within 7 --often', 2, '--often'],
  ['token confirm-notices', 2, 'ids'],
])('%s exits with %i and names the fault', async (line, code, name) => {
  const { run } = await bench(folder)
  const refused = await run(line)
  expect([refused.code, refused.stdout]).toEqual([code, ''])
  expect(refused.stderr).toContain(name)
})

const COMMANDS = [LATER, `${LATER} --confirm`, 'token confirm-notices 1.7.unknown']
const port = await freePort()

test.each(COMMANDS.flatMap((line) => ['postgres', 'mysql'].map((engine) => [engine, line] as const)))(
  '%s, unreachable: %s exits with 3, without a line on stdout',
  async (engine, line) => {
    const env = { PATKIT_DB: `${engine}://ada:hunter-zwei@127.0.0.1:${port}/tokens` }
    const failed = await patkit(`${line} --json`.split(' '), { env })
    expect(failed).toMatchObject({ code: 3, stdout: '' })
    expect(JSON.parse(failed.stderr)).toMatchObject({
      error: { code: 'ERR_PAT_DATABASE', message: expect.stringContaining('ECONNREFUSED') },
    })
  },
)

test.each(COMMANDS)(
  '%s exits with 3 for a database that is missing, has no tables, or is not a database',
  async (line) => {
    const cwd = mkdtempSync(join(folder, 'databases-'))
    writeFileSync(join(cwd, 'no-tables.db'), '')
    writeFileSync(join(cwd, 'text.db'), 'This is no database, and long enough to show it. '.repeat(40))
    for (const name of ['missing', 'no-tables', 'text']) {
      const env = { PATKIT_DB: `sqlite:${name}.db` }
      expect(await patkit(line.split(' '), { env, cwd })).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining(`sqlite:${name}.db`),
      })
    }
  },
)

test.each(COMMANDS)('%s without a database exits with 2', async (line) => {
  const told = await patkit(line.split(' '), { cwd: folder })
  expect(told).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--db') })
})

test('a failure while it confirms exits with 3, and the notices come again', async () => {
  const { run, issue, env } = await bench(folder)
  await issue('--expires-in', '5d')
  const at = (line: string, minutes: number) => run(line, { clock: () => NOW + minutes * 60_000 })
  const database = new Database((env.PATKIT_DB as string).slice('sqlite:'.length))
  database.exec(
    `create trigger full before update on patkit_notice when new.confirmed_at is not null
     begin select raise(abort, 'the disk is full'); end`,
  )
  const failed = await at(`${LATER} --confirm --json`, 0)
  expect(failed).toMatchObject({ code: 3, stderr: expect.stringContaining('the disk is full') })
  expect(document<Notices>(failed).items).toHaveLength(1)
  database.exec('drop trigger full')
  database.close()
  expect(document<Notices>(await at(`${LATER} --json`, 11)).items).toHaveLength(1)
})

test('notices whose output was cut off are not confirmed, and come again', async () => {
  const { run, issue } = await bench(folder)
  await issue('--expires-in', '5d')
  const closed = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  expect((await run(`${LATER} --confirm`, { clock: () => NOW, stdout: closed })).code).toBe(0)
  const again = document<Notices>(await run(`${LATER} --json`, { clock: () => NOW + 11 * 60_000 }))
  expect(again.items).toHaveLength(1)
})
