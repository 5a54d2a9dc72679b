import { createConnection } from 'mysql2/promise'
import { expect, test } from 'vitest'
import { hasOwnMariadb, ownMariadb } from '../../../test/servers/mariadb.ts'
import { bench } from './sqlite.ts'
import { document, patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()

interface Report {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string }[]
  readonly clientAddress: {
    readonly client: string | null
    readonly hops: readonly { readonly reason: string }[]
  } | null
}

async function client(...args: string[]): Promise<[number, Report]> {
  const ended = await patkit(['doctor', '--json', ...args], { clock: Date.now, cwd: folder })
  return [ended.code, document<Report>(ended)]
}

test('checks without configuration are skipped', async () => {
  const [code, { checks, clientAddress }] = await client()
  expect(code).toBe(0)
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(['format skipped', 'database skipped'])
  expect(clientAddress).toBe(null)
})

test('a clock that is wrong is a problem', async () => {
  const ada = await bench(folder)
  const behind = await ada.run('doctor', { clock: () => Date.now() - 60_000 })
  expect(behind).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/PROBLEM {2}clock: the database is \d+ ms ahead/),
  })
  const ahead = await ada.run('doctor', { clock: () => Date.now() + 60_000 })
  expect(ahead.stdout).toMatch(/PROBLEM {2}clock: the database is \d+ ms behind/)
  expect(await ada.run('doctor', { clock: Date.now })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ok +clock/),
  })
})

test.skipIf(!hasOwnMariadb())('a server that does not read values as the driver writes them is a problem', async () => {
  const server = await ownMariadb()
  try {
    const admin = await createConnection(server.url)
    await admin.query("set global sql_mode = 'NO_BACKSLASH_ESCAPES'")
    await admin.end()
    for (const [command, code] of [
      ['doctor', 1],
      ['migrate', 3],
    ] as const) {
      const told = await patkit([command], { env: { PATKIT_DB: server.url }, cwd: folder })
      expect(told).toMatchObject({ code })
      expect(told.stdout + told.stderr).toContain('sql_mode has NO_BACKSLASH_ESCAPES')
    }
  } finally {
    await server.stop()
  }
})

test('hops are explained from the right', async () => {
  const header = 'X-Forwarded-For: 198.51.100.1, 203.0.113.9, 10.0.0.7'
  const [code, report] = await client('--header', header, '--peer', '10.0.0.1', '--trusted-proxy', '10.0.0.0/8')
  expect(code).toBe(0)
  expect(report.clientAddress?.client).toBe('203.0.113.9')
  expect(report.clientAddress?.hops.map(({ reason }) => reason)).toEqual(['trusted', 'trusted', 'untrusted'])
})

test('lines of one header belong together, in any case', async () => {
  const headers = ['--header', 'X-Forwarded-For: 203.0.113.9', '--header', 'x-forwarded-for: 10.0.0.7']
  const [, report] = await client(
    ...headers,
    '--peer',
    'unix',
    '--trusted-proxy',
    'unix',
    '--trusted-proxy',
    '10.0.0.0/8',
  )
  expect(report.clientAddress?.client).toBe('203.0.113.9')
})

test('Forwarded is read where it is said', async () => {
  const header = [
    '--header',
    'Forwarded: for="[2001:db8::7]:4711"',
    '--peer',
    '10.0.0.1',
    '--trusted-proxy',
    '10.0.0.1',
  ]
  expect((await client(...header))[1].clientAddress?.client).toBe('10.0.0.1')
  expect((await client(...header, '--forwarded-header', 'Forwarded'))[1].clientAddress?.client).toBe('2001:db8::7')
})

test('an address that cannot be known is a problem, shown without what a terminal obeys', async () => {
  const args = [
    'doctor',
    '--header',
    'X-Forwarded-For: \u001b[31m1.2.3',
    '--peer',
    '10.0.0.1',
    '--trusted-proxy',
    '10.0.0.1',
  ]
  const told = await patkit(args, { columns: 80 })
  expect(told.code).toBe(1)
  expect(told.stdout).toMatchInlineSnapshot(`
    "skipped  format: neither --prefix nor PATKIT_PREFIX is given
    skipped  database: neither --db nor PATKIT_DB is given
    PROBLEM  client address: cannot be known: tokens with an allowlist are refused,
             and events have no address

    hop              address   is
    10.0.0.1         10.0.0.1  a trusted proxy: the hop before it counts
    \\u{1b}[31m1.2.3  -         no address: the client is unknown
    "
  `)
})
