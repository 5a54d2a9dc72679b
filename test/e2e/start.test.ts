import { afterAll, describe, expect, test } from 'vitest'
import { document, patkit } from '../../packages/cli/test/terminal.ts'
import { ENGINES } from '../servers/engine.ts'
import { cleanUp, runStart, startExample } from './example-program.ts'

afterAll(cleanUp)

const NOT_A_DATABASE =
  'quickstart: --db must be sqlite:<path>, postgres://<user>@<host>/<database> or mysql://<user>@<host>/<database>'
const POSTGRES = 'postgres://root:hidden@localhost/tokens'

test.each([
  { args: ['nothing'], line: /^start: unknown example "nothing"; there are (?:\w+, )*\w+$/ },
  { args: ['constructor'], line: /^start: unknown example "constructor"; there are / },
  { args: ['quickstart', 'koa'], line: /^quickstart: unexpected argument "koa"$/ },
  { args: ['--db', 'mssql://root:hidden@localhost/tokens'], line: NOT_A_DATABASE },
  { args: ['--db', 'sqlite:'], line: NOT_A_DATABASE },
  { args: ['--db', 'sqlite:a', '--data', 'b'], line: 'quickstart: --data cannot be combined with --db' },
  {
    args: ['--db', 'postgres://root:hidden@127.0.0.1:1/tokens'],
    line: /^quickstart: cannot use the database postgres:\/\/root@127\.0\.0\.1:1\/tokens: /,
  },
  {
    args: ['--db', 'sqlite://tokens.db'],
    line: 'quickstart: --db has no path behind "//": sqlite:tokens.db is a file where you are, sqlite:///… one from the root',
  },
  {
    args: ['--db', 'sqlite:tokens.db?mode=ro'],
    line: 'quickstart: --db has the parameter "mode", which is not known. Known are tablePrefix',
  },
  {
    args: ['--db', `${POSTGRES}?ssl-mode=REQUIRED`],
    line: /^quickstart: --db has the parameter "ssl-mode", which is not known\. Known are tablePrefix, schema, /,
  },
  {
    args: ['--db', `${POSTGRES}?schema=a.b`],
    line: /^quickstart: postgres:\/\/root@localhost\/tokens cannot be opened: .*"schema" must be one name/,
  },
  {
    args: ['--db', `mysql://root:hidden@localhost/tokens?ssl-mode=PREFERRED`],
    line: /^quickstart: --db: the parameter "ssl-mode" must be one of disabled, required, /,
  },
])('what keeps $args from starting is said in one line, without a secret', async ({ args, line }) => {
  const { code, stdout, stderr } = await runStart(...args)
  expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 })
  expect(stderr.trimEnd()).toEqual(typeof line === 'string' ? line : expect.stringMatching(line))
  expect(stderr).not.toContain('hidden')
})

test.each([[[]], [['quickstart']]])('%j and --help say how the quickstart is used', async (name) => {
  const { code, stdout, stderr } = await runStart(...name, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('Usage: npx -y pnpm start quickstart [options]')
  for (const option of ['--framework', '--port', '--data', '--db', '--json']) expect(stdout).toContain(option)
})

/** Where the URL of an engine puts the tables, in the words of both programs. */
const PLACES = { SQLite: 'tablePrefix=acme_', PostgreSQL: 'schema=app', MariaDB: 'tablePrefix=acme_' } as const

describe.each(ENGINES)('$name', ({ name, missing, open }) => {
  test.skipIf(missing)('has its tables where the parameters of --db say, as the command line has', async () => {
    const { url, drop } = await open()
    const placed = `${url}?${PLACES[name]}`
    const quickstart = startExample('--json', '--port', '0', '--db', placed)
    const introduction = JSON.parse(await quickstart.nextLine())
    expect(await status(`${introduction.url}/whoami`, introduction.tokens.read)).toBe(200)
    expect(await quickstart.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    const list = (db: string) =>
      patkit(['principal', 'list', '--organization', 'acme', '--json'], { env: { PATKIT_DB: db } })
    expect(document<{ items: unknown[] }>(await list(placed)).items).not.toEqual([])
    expect((await list(url)).code).toBe(3)
    await drop()
  })

  test.skipIf(missing)('is a database for --db, which examples can share', async () => {
    const { url, drop } = await open()
    const quickstart = startExample('--json', '--port', '0', '--db', url)
    const { url: drive, tokens } = JSON.parse(await quickstart.nextLine())
    expect(await status(`${drive}/whoami`, tokens.read)).toBe(200)
    const eunifyer = startExample('eunifyer', '--json', '--port', '0', '--db', url)
    const introduction = JSON.parse(await eunifyer.nextLine())
    const { admin } = introduction.credentials
    expect(await status(`${introduction.url}${introduction.routes.audit}`, admin)).toBe(200)
    expect(await status(`${drive}/whoami`, tokens.read)).toBe(200)
    expect(await status(`${drive}/whoami`, admin)).toBe(401)
    for (const program of [quickstart, eunifyer]) {
      expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    }
    await drop()
  })
})

async function status(url: string, token: string): Promise<number> {
  return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
}
