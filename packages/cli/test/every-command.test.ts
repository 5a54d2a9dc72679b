import { expect, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../../../test/servers/engine.ts'
import { document, type Ended, patkit, type Surroundings } from './terminal.ts'

type Run = (args: string, around?: Surroundings) => Promise<Ended>

const PEPPERS = `2026:${Buffer.alloc(32, 7).toString('base64')}`
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

onEachEngine(({ open }) => {
  test('a life by every command', async () => {
    const database = await open()
    const run = runner(database)
    try {
      await beginnings(run)
      const issued = await issuing(run)
      await changing(run, issued.id)
      await judging(run, issued.secret)
      await recording(run, issued.id)
      await ending(run, issued.id)
    } finally {
      await database.drop()
    }
  })
})

function runner({ url }: TestDatabase): Run {
  const env = { PATKIT_DB: url, PATKIT_PREFIX: 'acme_pat', PATKIT_PEPPERS: PEPPERS }
  return async (args, around) => {
    const ended = await patkit(args.split(' '), { env, clock: Date.now, ...around })
    if (!ended.stdout.includes('"allowed": false')) expect(ended.stderr, args).not.toMatch(/error|patkit:/)
    return ended
  }
}

async function beginnings(run: Run): Promise<void> {
  expect(document<{ migrations: string[] }>(await run('migrate --json')).migrations).toContain('0101_tokens')
  expect(document(await run('migrate --json'))).toEqual({ migrations: [] })
  const ada = { organizationId: 'acme', principalId: 'ada', kind: 'user', disabledAt: null, ceiling: null }
  expect(document(await run('principal create ada --organization acme --json'))).toEqual(ada)
  await run('principal create ci --organization acme --kind service --ceiling drive:read --ceiling drive:write')
  const disabled = document(await run('principal disable ci --organization acme --json'))
  expect(disabled).toMatchObject({ principalId: 'ci', disabledAt: expect.stringMatching(INSTANT) })
  const first = document<{ next: string }>(await run('principal list --organization acme --limit 1 --json'))
  expect(first).toEqual({ items: [ada], next: expect.any(String) })
  const second = document(await run(`principal list --organization acme --cursor ${first.next} --json`))
  expect(second).toEqual({ items: [disabled], next: null })
  await run('principal enable ci --organization acme')
}

async function issuing(run: Run): Promise<{ id: string; secret: string }> {
  const create = 'token create --principal ada --organization acme --name backup --scope drive:read --user ada'
  const issued = await run(`${create} --ip 10.9.8.7/8 --expires-in 90d --json`)
  const { token, secret } = document<{ token: Record<string, unknown>; secret: string }>(issued)
  expect(Object.keys(token).sort()).toEqual(
    [
      'createdAt',
      'createdBy',
      'description',
      'endsAt',
      'expiresAt',
      'hint',
      'id',
      'ipAllowlist',
      'issuedAt',
      'lastUsedAt',
    ]
      .concat(['lastUsedIp', 'name', 'organizationId', 'principalId', 'revokedAt', 'scopes', 'status', 'useCount'])
      .concat(['userId', 'version']),
  )
  expect(token).toMatchObject({ createdBy: 'cli:tester', ipAllowlist: ['10.0.0.0/8'], status: 'active', userId: 'ada' })
  expect(secret).toMatch(/^acme_pat_[0-9A-Za-z]{36}$/)
  const list = document(await run('token list --organization acme --principal ada --json'))
  expect(list).toEqual({ items: [token], next: null, total: 1 })
  expect(document(await run(`token show ${token.id} --json`))).toEqual(token)
  await tryingPolicies(run, token)
  return { id: token.id as string, secret }
}

async function tryingPolicies(run: Run, token: object): Promise<void> {
  const list = 'token list --status active --organization acme --principal ada'
  const shortened = document(await run(`${list} --policy-max-lifetime 30d --policy-effect shortened --json`))
  expect(shortened).toEqual({ items: [token], next: null, total: 1, policy: { ended: 0, shortened: 1 } })
  const ended = await run(`${list} --policy-max-lifetime 30d`)
  expect(ended.stderr).toContain('No tokens of ')
  expect(ended.stderr).toContain('dry run: 0 would end now, and 1 would get an earlier end')
}

async function changing(run: Run, id: string): Promise<void> {
  const renamed = await run(`token update ${id} --name nightly --scope drive:read --scope drive:write --json`)
  expect(document(renamed)).toMatchObject({ name: 'nightly', scopes: ['drive:read', 'drive:write'], version: 2 })
  expect((await run(`token update ${id} --remove-scope drive:write`)).stdout).toContain('drive:read')
  const scopes = document(await run('scopes --json'))
  expect(scopes).toEqual({ items: [{ scope: 'drive:read', activeTokens: 1, label: null, known: null }], next: null })
  expect(document(await run('scopes --granting drive:write --json'))).toEqual({ items: [], next: null })
}

async function judging(run: Run, stdin: string): Promise<void> {
  const good = await run('verify --scope drive:read --user-required --ip 10.1.2.3 --json', { stdin })
  expect(good.code).toBe(0)
  expect(document(good)).toMatchObject({ allowed: true, reason: null, token: { name: 'nightly', lastUsedAt: null } })
  const bad = await run('verify --ip 192.0.2.1 --json', { stdin })
  expect(bad.code).toBe(1)
  expect(document(bad)).toMatchObject({ allowed: false, reason: 'ip_denied', token: { name: 'nightly' } })
  const doctor = await run('doctor --json')
  const checks = document<{ checks: { name: string; state: string }[] }>(doctor).checks
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'format ok',
    'database ok',
    'migrations ok',
    'clock ok',
  ])
  expect((await run('gitleaks')).stdout).toContain('acme_pat_[0-9A-Za-z]{36}')
}

async function recording(run: Run, id: string): Promise<void> {
  const page = document<{ items: { action: string }[]; next: string }>(
    await run(`audit list --token ${id} --limit 2 --json`),
  )
  expect(page.items.map(({ action }) => action)).toEqual(['update', 'update'])
  const rest = document<{ items: { action: string }[] }>(
    await run(`audit list --token ${id} --cursor ${page.next} --json`),
  )
  expect(rest.items.map(({ action }) => action)).toEqual(['create'])
  const lines = (await run('audit export --organization acme --principal ada')).stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).action)).toEqual(['principal', 'create', 'update', 'update'])
  const pruned = await run('audit prune --before 2020-01-01T00:00:00Z --part changes --yes --json')
  expect(document(pruned)).toEqual({ removed: 0, part: 'changes', before: '2020-01-01T00:00:00.000Z' })
}

async function ending(run: Run, id: string): Promise<void> {
  expect((await run(`token rotate ${id} --overlap 1h --quiet`)).stdout).toMatch(/^acme_pat_\w{36}\n$/)
  expect(document(await run(`token revoke ${id} --json`))).toMatchObject({ status: 'revoked' })
  const renewed = await run(`token regenerate ${id} --expires-in 2d --json`)
  expect(document(renewed)).toMatchObject({ token: { status: 'active', revokedAt: null } })
  expect(document(await run('revoke-all --prefix acme_pat --yes --json'))).toEqual({ revoked: 1 })
  expect(document(await run(`token delete ${id} --yes --json`))).toEqual({ deleted: id })
}
