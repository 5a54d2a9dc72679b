import { expect, test } from 'vitest'
import { bench } from './sqlite.ts'
import { patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ada = await bench(folder)
const { id } = await ada.issue('--scope', 'drive:read')

const WRONG: readonly (readonly [args: string, message: string | RegExp, field: string | null])[] = [
  ['nonsense', "unknown command 'nonsense'", null],
  ['token lst', "unknown command 'lst' (Did you mean list?)", null],
  ['token list --serch x', "unknown option '--serch' (Did you mean --search?)", '--serch'],
  ['token list --nonsense', "unknown option '--nonsense'", '--nonsense'],
  ['token show', "missing required argument 'id'", null],
  [`token show ${id} ${id}`, /too many arguments/, null],
  ['token create --name x', "required option '--principal <id>' not specified", '--principal'],
  ['token create --principal ada --name x --expires-in 90', '--expires-in must be a number and one of', '--expires-in'],
  [
    'token create --principal ada --name x --expires-at 2030-02-30T00:00:00Z',
    '--expires-at must be an RFC',
    '--expires-at',
  ],
  [
    'token create --principal ada --name x --expires-at 2030-01-01T00:00:00',
    '--expires-at must be an RFC',
    '--expires-at',
  ],
  [
    'token create --principal ada --name x --expires-at 2020-01-01T00:00:00Z',
    '--expires-at must be in the future',
    '--expires-at',
  ],
  ['token create --principal ada --name x --expires-in 9999999w', '--expires-in must be a valid date', '--expires-in'],
  [
    'token create --principal ada --name x --never --expires-in 1d',
    '--expires-in, --expires-at and --never exclude each other',
    null,
  ],
  ['token create --principal ada --name x --scope a::b', '--scope must be a scope name', '--scope'],
  ['token create --principal ada --name x --ip 010.0.0.1', '--ip must be an IP address', '--ip'],
  ['token create --principal ada --name x --prefix 1x', '--prefix must start with a letter', '--prefix'],
  ['token list --limit 101', '--limit must be a whole number from 1 to 100', '--limit'],
  ['token list --limit 1e1', '--limit must be a whole number from 1 to 100', '--limit'],
  ['token list --cursor x', '--cursor is not a cursor of this order', '--cursor'],
  ['token list --status dead', '--status must be one of active, expired, revoked, all', '--status'],
  ['token list --sort age', '--sort must be one of', '--sort'],
  ['token list --policy-effect ended', '--policy-effect needs another --policy option', '--policy-effect'],
  ['token list --policy-idle 1d --policy-effect longer', 'must be one of ended, shortened', '--policy-effect'],
  ['token list --ascending --descending', /cannot be used with/, '--descending'],
  [`token update ${id}`, 'patkit token update needs something to change', null],
  [`token update ${id} --add-scope a::b`, '--add-scope must be a scope name', '--add-scope'],
  [`token update ${id} --expires-at=2020-01-01T00:00:00Z`, '--expires-at must be in the future', '--expires-at'],
  [`token update ${id} --add-scope a --name b`, 'stand alone', null],
  [`token update ${id} --ip 10.0.0.1 --any-ip`, 'exclude each other', null],
  [`token rotate ${id} --overlap soon`, '--overlap must be a number', '--overlap'],
  [`token rotate ${id} --overlap 52w`, '--overlap must be a whole number from 0', '--overlap'],
  [`token delete ${id}`, 'this would remove the token backup of ada; add --yes to do it', '--yes'],
  ['principal create eve --kind robot', '--kind must be one of user, service', '--kind'],
  ['revoke-all', 'needs --principal, --organization or --prefix', null],
  ['revoke-all --yes', 'needs --principal, --organization or --prefix', null],
  ['revoke-all --principal ada', 'this would revoke 1 token; add --yes to do it', '--yes'],
  ['revoke-all --prefix other', 'this would revoke 0 tokens', '--yes'],
  ['audit list --outcome lost', '--outcome must be one of allowed, denied, changed', '--outcome'],
  ['audit list --reason tired', '--reason must be one of', '--reason'],
  ['audit list --outcome allowed --reason revoked', '--reason is a field of denied events', '--reason'],
  ['audit list --ip 1.2.3', '--ip must be an IP address', '--ip'],
  ['audit list --from yesterday', '--from must be an RFC 3339', '--from'],
  ['audit prune', "required option '--before <instant>' not specified", '--before'],
  ['audit prune --before 0s --part changes', 'this would remove 2 changes from before 2026-03-01T12:00:00Z', '--yes'],
  ['audit prune --before 1d --part all', '--part must be one of uses, changes', '--part'],
  ['audit export --format xml', '--format must be one of jsonl, csv', '--format'],
  ['verify --scope drive:*', '--scope must be a scope name without *', '--scope'],
  ['verify --ip localhost', '--ip must be an IP address', '--ip'],
  ['verify', 'stdin has no token', null],
  ['scopes --granting a::b', '--granting must be a scope name', '--granting'],
  ['doctor --header X-Forwarded-For:1.2.3.4', '--peer is needed', '--peer'],
  ['doctor --header nonsense --peer 10.0.0.1', "--header must be 'Name: value'", '--header'],
  ['doctor --peer 10.0.0.1 --trusted-proxy 10/8', '--trusted-proxy must be an address', '--trusted-proxy'],
  ['doctor --peer 10.0.0.1 --forwarded-header via', '--forwarded-header must be one of', '--forwarded-header'],
]

test.each(WRONG)('patkit %s', async (line, message, field) => {
  const args = line.split(' ')
  // The principal's event is of the very instant that the clock stands still at.
  const clock = line.startsWith('audit prune --before 0s')
    ? { clock: () => Date.parse('2026-03-01T12:00:00.001Z') }
    : {}
  const told = await ada.run(args, clock)
  expect(told.code).toBe(2)
  expect(told.stdout).toBe('')
  expect(told.stderr).toMatch(/^patkit: .+\n$/)
  if (message instanceof RegExp) expect(told.stderr).toMatch(message)
  else expect(told.stderr).toContain(message)
  const asJson = await ada.run([...args, '--json'], clock)
  expect(asJson.code).toBe(2)
  const { error } = JSON.parse(asJson.stderr)
  expect(error).toEqual({ code: expect.stringMatching(/^ERR_PAT_/), message: expect.any(String), field })
})

test('what an option needs is said where it is missing', async () => {
  expect((await patkit(['token', 'list'])).stderr).toMatch(/--db is needed, or PATKIT_DB/)
  const minting = await patkit(['token', 'create', '--principal', 'a', '--name', 'b'], {
    env: { PATKIT_DB: 'sqlite:x' },
  })
  expect(minting).toMatchObject({ code: 2, stderr: expect.stringContaining('--prefix is needed, or PATKIT_PREFIX') })
})

test('a secret on the command line is not repeated', async () => {
  const secret = `acme_pat_${'a1B2c3'.repeat(6)}`
  for (const args of [[secret], ['verify', secret], ['verify', `--token=${secret}`], ['token', 'show', secret]]) {
    const told = await ada.run(args)
    expect(told.code).toBeGreaterThan(0)
    expect(told.stdout + told.stderr).not.toContain(secret)
  }
})

test('a token is asked of no terminal', async () => {
  const told = await ada.run('verify', { isTty: { stdin: true } })
  expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('patkit verify < token.txt') })
})

const REFUSED: readonly (readonly [args: string, code: string])[] = [
  ['token show 00000000-0000-7000-8000-000000000000', 'ERR_PAT_TOKEN_NOT_FOUND'],
  ['token revoke unknown', 'ERR_PAT_TOKEN_NOT_FOUND'],
  ['token delete unknown --yes', 'ERR_PAT_TOKEN_NOT_FOUND'],
  ['token create --principal eve --name x', 'ERR_PAT_PRINCIPAL_NOT_FOUND'],
  ['token create --principal ada --name x --user eve', 'ERR_PAT_USER_NOT_FOUND'],
  [`token regenerate ${id}`, 'ERR_PAT_TOKEN_ACTIVE'],
  ['principal create ada', 'ERR_PAT_PRINCIPAL_EXISTS'],
  ['principal disable eve', 'ERR_PAT_PRINCIPAL_NOT_FOUND'],
]

test.each(REFUSED)('patkit %s is refused', async (line, code) => {
  const told = await ada.run([...line.split(' '), '--json'])
  expect(told).toMatchObject({ code: 1, stdout: '' })
  expect(JSON.parse(told.stderr).error.code).toBe(code)
})

test('groups alone show their help, as a mistake', async () => {
  for (const args of [[], ['token'], ['principal'], ['audit']]) {
    const shown = await patkit(args)
    expect(shown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: patkit') })
  }
})

test('an error for the wrong organization names it', async () => {
  const acme = { env: { PATKIT_ORGANIZATION: 'acme' } }
  const create = 'token create --principal ada --name x'
  const sentence = 'no principal ada in the organization acme: create it with patkit principal create'
  for (const line of [create, 'principal disable ada']) {
    expect((await ada.run(line, acme)).stderr).toBe(`patkit: ${sentence}\n`)
  }
  const { error } = JSON.parse((await ada.run(`${create} --json`, acme)).stderr)
  expect(error).toMatchObject({ code: 'ERR_PAT_PRINCIPAL_NOT_FOUND', message: sentence })
})

test.each([
  ['token list', 'No tokens in the organization acme.'],
  ['token list --principal ada', 'No tokens of ada in the organization acme.'],
  ['principal list', 'No principals in the organization acme.'],
  ['audit list --principal ada', 'No events of ada in the organization acme.'],
  ['audit list --organization acme', 'No events in the organization acme.'],
  ['audit list --reason expired', 'No events.'],
])('an empty list names its subject: patkit %s', async (line, sentence) => {
  const told = await ada.run(line, { env: { PATKIT_ORGANIZATION: 'acme' } })
  expect(told).toMatchObject({ code: 0, stdout: '', stderr: `${sentence}\n` })
})
