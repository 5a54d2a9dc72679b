import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { freePort as closedPort } from '../../../test/servers/test-server.ts'
import { bench } from './sqlite.ts'
import { document, patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const PASSWORD = 'hunter-zwei'

function configured(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return name
}

test('arguments come before the environment, and the environment before the file', async () => {
  configured('order.json', { db: 'sqlite:file.db', organization: 'of-file', prefix: 'of_file' })
  const where = async (args: readonly string[], env: Record<string, string>) => {
    const made = await patkit(['principal', 'create', 'ada', '--json', '--config', 'order.json', ...args], {
      env,
      cwd: folder,
    })
    return document(made).organizationId
  }
  for (const db of ['file', 'env', 'arg']) await patkit(['migrate', '--db', `sqlite:${db}.db`], { cwd: folder })
  expect(await where([], {})).toBe('of-file')
  expect(await where([], { PATKIT_ORGANIZATION: 'of-env' })).toBe('of-env')
  expect(await where(['--organization', 'of-arg'], { PATKIT_ORGANIZATION: 'of-env' })).toBe('of-arg')
  const databases = [
    [[], {}],
    [[], { PATKIT_DB: 'sqlite:env.db' }],
    [['--db', 'sqlite:arg.db'], { PATKIT_DB: 'sqlite:env.db' }],
  ] as const
  for (const [args, env] of databases) {
    const listed = await patkit(['doctor', '--config', 'order.json', '--json', ...args], { env, cwd: folder })
    const name = args.length > 0 ? 'arg' : 'PATKIT_DB' in env ? 'env' : 'file'
    expect(listed.stdout).toContain(`sqlite:${name}.db answers`)
  }
  const prefixes = [
    [[], {}, 'of_file'],
    [[], { PATKIT_PREFIX: 'of_env' }, 'of_env'],
    [['--prefix', 'of_arg'], { PATKIT_PREFIX: 'of_env' }, 'of_arg'],
  ] as const
  for (const [args, env, prefix] of prefixes) {
    const rule = await patkit(['gitleaks', '--config', 'order.json', ...args], { env, cwd: folder })
    expect(rule.stdout).toContain(`${prefix}_[0-9A-Za-z]`)
  }
})

test('patkit.json in the working directory is read, PATKIT_CONFIG before it, --config before that', async () => {
  configured('patkit.json', { prefix: 'of_default' })
  configured('other.json', { prefix: 'of_variable' })
  configured('third.json', { prefix: 'of_argument' })
  const rule = async (args: readonly string[], env = {}) =>
    (await patkit(['gitleaks', ...args], { env, cwd: folder })).stdout
  expect(await rule([])).toContain('of_default_')
  expect(await rule([], { PATKIT_CONFIG: 'other.json' })).toContain('of_variable_')
  expect(await rule(['--config', 'third.json'], { PATKIT_CONFIG: 'other.json' })).toContain('of_argument_')
  writeFileSync(join(folder, 'patkit.json'), '{}')
})

test('a file that is named and not there cannot be used', async () => {
  const missing = await patkit(['gitleaks', '--config', 'nowhere.json', '--prefix', 'a'], { cwd: folder })
  expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining('nowhere.json: ENOENT') })
})

test.each([
  ['{', 'is not valid JSON'],
  ['[]', 'must hold a JSON object'],
  [{ prefx: 'a' }, '"prefx", which does not exist'],
  ['{"__proto__": {}}', '"__proto__", which does not exist'],
  [{ prefix: 7 }, 'prefix must be a string'],
  [{ db: `postgres://ada:${PASSWORD}@localhost/tokens` }, 'db must not hold a password'],
  [{ scopes: ['drive:read'] }, '"scopes" must be an object'],
  [{ scopes: { 'drive read': 'Read' } }, 'is not a scope name'],
  [{ wildcards: 'yes' }, '"wildcards" must be true or false'],
  [{ implies: { 'drive:*': ['drive:read'] } }, '"implies" must name exact scopes'],
  [{ trustedProxies: ['10/8'] }, '"trustedProxies" must hold addresses'],
  [{ forwardedHeader: 'via' }, '"forwardedHeader" must be one of'],
  [{ policy: 'strict' }, '"policy" must be an object'],
  [{ policy: { maximumAge: 1 } }, '"policy.maximumAge" is not an option'],
  [{ policy: { idleSeconds: -1 } }, '"policy.idleSeconds" must be a whole number'],
])('the configuration %j is refused', async (content, problem) => {
  const ada = await bench(folder)
  const told = await ada.run(['scopes', '--config', configured('wrong.json', content)])
  expect(told).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) })
  expect(told.stderr).toContain('wrong.json')
  expect(told.stderr).not.toContain(PASSWORD)
})

test.each([
  ['postgres://ada:hunter-zwei@localhost/tokens'],
  ['mysql://ada:hunter-zwei@localhost/tokens'],
  ['postgres://localhost/tokens?user=ada&password=hunter-zwei'],
  ['mysql://ada@localhost/tokens?passwordSha1=hunter-zwei'],
  ['postgres://ada:hunter-zwei@local host/tokens'],
])('a password in an argument is refused: %s', async (url) => {
  const told = await patkit(['migrate', '--db', url])
  expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('put the URL into PATKIT_DB') })
  expect(told.stderr).not.toContain(PASSWORD)
})

test.each([
  'postgres://ada:1234/hunter-zwei@localhost/tokens',
  'postgres://ada:1234/tokens?hunter-zwei@localhost',
  'mysql://ada:1234#hunter-zwei@localhost/tokens',
  'mariadb://localhost/tokens#hunter-zwei@x',
])('a password that is not encoded is refused everywhere, and not repeated: %s', async (url) => {
  const config = configured('unencoded.json', { db: url })
  const everywhere = [
    await patkit(['migrate', '--db', url]),
    await patkit(['migrate'], { env: { PATKIT_DB: url } }),
    await patkit(['migrate', '--config', config], { cwd: folder }),
  ]
  for (const told of everywhere) {
    expect(told).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('has an "@" behind its host') })
    expect(told.stderr).not.toContain(PASSWORD)
  }
})

test.each([
  ['postgres', 'PGPASSWORD'],
  ['mysql', 'MYSQL_PWD'],
])('a file that was only found is given no password: %s', async (engine, variable) => {
  const port = await closedPort()
  const found = join(folder, `found-${engine}`)
  mkdirSync(found)
  const db = `${engine}://ada@127.0.0.1:${port}/tokens`
  writeFileSync(join(found, 'patkit.json'), JSON.stringify({ db }))
  const env = { [variable]: PASSWORD }
  const refused = await patkit(['migrate'], { env, cwd: found })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`is not used together with ${variable}`) })
  const tried = { code: 3, stderr: expect.stringContaining('ECONNREFUSED') }
  expect(await patkit(['migrate', '--config', 'patkit.json'], { env, cwd: found })).toMatchObject(tried)
  expect(await patkit(['migrate'], { env: { ...env, PATKIT_CONFIG: 'patkit.json' }, cwd: found })).toMatchObject(tried)
  expect(await patkit(['migrate'], { env: { ...env, PATKIT_DB: db }, cwd: found })).toMatchObject(tried)
  expect(await patkit(['migrate', '--db', db], { env, cwd: found })).toMatchObject(tried)
  expect(await patkit(['migrate'], { env: { [variable]: '' }, cwd: found })).toMatchObject(tried)
})

test('a SQLite database that is found needs no password', async () => {
  const found = join(folder, 'found-sqlite')
  mkdirSync(found)
  writeFileSync(join(found, 'patkit.json'), JSON.stringify({ db: 'sqlite:tokens.db' }))
  expect((await patkit(['migrate'], { env: { PGPASSWORD: PASSWORD }, cwd: found })).code).toBe(0)
})

test('a new SQLite database is for its owner alone, and one that is there stays as it is', async () => {
  const mode = (name: string) => statSync(join(folder, name)).mode & 0o777
  expect((await patkit(['migrate', '--db', 'sqlite:private.db'], { cwd: folder })).code).toBe(0)
  const open = new Database(join(folder, 'private.db'))
  open.exec('create table written (at integer)')
  for (const name of ['private.db', 'private.db-wal', 'private.db-shm']) expect(mode(name), name).toBe(0o600)
  open.close()
  writeFileSync(join(folder, 'shared.db'), '')
  chmodSync(join(folder, 'shared.db'), 0o640)
  expect((await patkit(['migrate', '--db', 'sqlite:shared.db'], { cwd: folder })).code).toBe(0)
  expect(mode('shared.db')).toBe(0o640)
  expect((await patkit(['migrate', '--db', 'sqlite:no/such/folder.db'], { cwd: folder })).code).toBe(3)
})

test.each(['tokens.db', 'oracle://localhost/x', 'sqlite:', 'ada:hunter-zwei@localhost'])(
  '%s is no database',
  async (url) => {
    const told = await patkit(['migrate'], { env: { PATKIT_DB: url } })
    expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('PATKIT_DB must be sqlite:<path>') })
    expect(told.stderr).not.toContain(PASSWORD)
  },
)

test.each([
  ['2026', 'number 1 is not'],
  ['2026:abcde,', 'number 1 is not'],
  [`2026:${Buffer.alloc(32).toString('base64')},hunter-zwei`, 'number 2 is not'],
  [`2026:${Buffer.alloc(31).toString('base64')}`, 'keys of at least 32 bytes'],
])('PATKIT_PEPPERS=%s is refused, and no key is shown', async (peppers, problem) => {
  const told = await patkit(['doctor', '--prefix', 'acme_pat'], { env: { PATKIT_PEPPERS: peppers } })
  expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) })
  expect(told.stderr).toContain('PATKIT_PEPPERS')
  expect(told.stderr).not.toContain(PASSWORD)
})

test('PATKIT_ACCEPT_UNPEPPERED is true or false', async () => {
  const env = { PATKIT_ACCEPT_UNPEPPERED: 'maybe' }
  expect((await patkit(['doctor', '--prefix', 'acme_pat'], { env })).code).toBe(2)
})

test('who did it is in the history: the user of the system, PATKIT_ACTOR, or --actor', async () => {
  const ada = await bench(folder)
  await ada.run('principal create one')
  await ada.run('principal create two', { env: { PATKIT_ACTOR: 'deploy' } })
  await ada.run('principal create three --actor rotation-job', { env: { PATKIT_ACTOR: 'deploy' } })
  const { items } = document<{ items: { actorId: string }[] }>(await ada.run('audit list --json'))
  expect(items.map(({ actorId }) => actorId).toSorted()).toEqual(['cli:tester', 'cli:tester', 'deploy', 'rotation-job'])
  expect((await ada.run(['principal', 'create', 'four', '--actor', 'a\u001bb'])).code).toBe(2)
})

test('the policy of the file holds', async () => {
  const ada = await bench(folder)
  const config = configured('policy.json', {
    policy: { defaultLifetimeSeconds: 3_600, maximumLifetimeSeconds: 86_400, maximumTokensPerPrincipal: 1 },
    scopes: { 'drive:read': 'Read files' },
  })
  const create = ['token', 'create', '--principal', 'ada', '--name', 'x', '--config', config, '--json']
  expect((await ada.run([...create, '--expires-in', '2d'])).code).toBe(2)
  expect((await ada.run([...create, '--scope', 'drive:write'])).stderr).toContain('is not a scope of this API')
  const { token } = document<{ token: { expiresAt: string } }>(await ada.run(create))
  expect(token.expiresAt).toBe('2026-03-01T13:00:00.000Z')
  expect((await ada.run(create)).stderr).toContain('ERR_PAT_TOKEN_LIMIT')
})

test('a byte order mark in a configuration is dropped, UTF-16 and other encodings are named', async () => {
  const text = JSON.stringify({ prefix: 'of_mark', organization: 'Grüße' })
  const rule = (bytes: Buffer) => {
    writeFileSync(join(folder, 'encoded.json'), bytes)
    return patkit(['gitleaks', '--config', 'encoded.json'], { cwd: folder })
  }
  expect((await rule(Buffer.from(`\ufeff${text}`))).stdout).toContain('of_mark_')
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  for (const bytes of [little, Buffer.from(little).swap16(), little.subarray(2)]) {
    const ended = await rule(bytes)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('encoded.json is UTF-16, as PowerShell writes with ">": save it as UTF-8')
  }
  expect((await rule(Buffer.from(text, 'latin1'))).stderr).toContain('encoded.json is not UTF-8')
})
