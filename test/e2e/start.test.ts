import { afterAll, describe, expect, test, vi } from 'vitest'
import { ENGINES } from '../servers/engine.ts'
import { cleanUp, runStart, startExample } from './example-program.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
afterAll(cleanUp)

const NOT_A_DATABASE = 'quickstart: --db must be sqlite:<path> or postgres://<user>@<host>/<database>'

test.each([
  { args: ['nothing'], line: /^start: unknown example "nothing"; there are (?:\w+, )*\w+$/ },
  { args: ['constructor'], line: /^start: unknown example "constructor"; there are / },
  { args: ['quickstart', 'koa'], line: /^quickstart: unexpected argument "koa"$/ },
  { args: ['--db', 'mysql://root:hidden@localhost/tokens'], line: NOT_A_DATABASE },
  { args: ['--db', 'sqlite:'], line: NOT_A_DATABASE },
  { args: ['--db', 'sqlite:a', '--data', 'b'], line: 'quickstart: --data cannot stand beside --db' },
  {
    args: ['--db', 'postgres://root:hidden@127.0.0.1:1/tokens'],
    line: /^quickstart: cannot use the database postgres:\/\/127\.0\.0\.1:1\/tokens: /,
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

describe.each(ENGINES.filter(({ name }) => name !== 'MariaDB'))('$name', ({ missing, open }) => {
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
