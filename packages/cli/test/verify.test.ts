import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bench } from './sqlite.ts'
import { document, NOW, patkit, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ada = await bench(folder)

interface Verdict {
  readonly allowed: boolean
  readonly reason: string | null
  readonly token: { readonly id: string; readonly principalId: string; readonly name: string } | null
}

async function verdict(stdin: string, args = '', around: object = {}): Promise<[number, Verdict]> {
  const ended = await ada.run(['verify', '--json', ...args.split(' ').filter(Boolean)], { stdin, ...around })
  return [ended.code, document<Verdict>(ended)]
}

test('a valid token is allowed, and its owner is printed', async () => {
  const { id, secret } = await ada.issue('--scope', 'drive:read')
  const [code, said] = await verdict(secret, '--scope drive:read')
  expect(code).toBe(0)
  expect(said).toMatchObject({ allowed: true, reason: null, token: { id, principalId: 'ada', name: 'backup' } })
  const { stdout } = await ada.run('verify', { stdin: secret })
  expect(stdout).toMatch(/^allowed\n\n/)
  expect(stdout).toContain('principal     ada')
})

test('a byte order mark before a token is dropped, and UTF-16 is named', async () => {
  const { secret } = await ada.issue()
  expect((await verdict(`\ufeff${secret}\r\n`))[1].reason).toBe(null)
  const little = Buffer.from(`\ufeff${secret}\r\n`, 'utf16le')
  for (const bytes of [little, Buffer.from(little).swap16(), little.subarray(2)]) {
    const ended = await ada.run('verify', { stdin: bytes })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('stdin is UTF-16, as PowerShell writes with ">": a token must be UTF-8')
  }
})

test.each([
  ['one line break', '\n', null],
  ['a line break of Windows', '\r\n', null],
  ['two line breaks', '\n\n', 'malformed_credential'],
  ['a space', ' ', 'malformed_credential'],
])('%s behind a token', async (_, end, reason) => {
  const { secret } = await ada.issue()
  expect((await verdict(secret + end))[1].reason).toBe(reason)
})

test.each([
  ['acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17', 'unknown_token'],
  ['acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18', 'malformed_token'],
  ['other_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17', 'malformed_token'],
  ['Bearer acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17', 'malformed_credential'],
  ['ä', 'malformed_credential'],
  ['a'.repeat(1_000_000), 'malformed_credential'],
])('%.20s is %s', async (stdin, reason) => {
  expect(await verdict(stdin)).toEqual([1, { allowed: false, reason, token: null }])
})

test('the true reason is printed', async () => {
  await ada.run('principal create bob')
  const issue = async (...more: string[]) => {
    const args = ['token', 'create', '--principal', 'bob', '--name', 'b', '--json', ...more]
    const { token, secret } = document<{ token: { id: string }; secret: string }>(await ada.run(args))
    return { id: token.id, secret }
  }
  const reasonOf = async (secret: string, args = '', around = {}) => (await verdict(secret, args, around))[1].reason

  const one = await issue('--ip', '10.0.0.0/8', '--expires-in', '1h', '--scope', 'drive:read')
  expect(await reasonOf(one.secret)).toBe('ip_denied')
  expect(await reasonOf(one.secret, '--ip 192.0.2.1')).toBe('ip_denied')
  expect(await reasonOf(one.secret, '--ip ::ffff:10.1.1.1')).toBe(null)
  expect(await reasonOf(one.secret, '--ip 10.1.1.1 --scope drive:write')).toBe('insufficient_scope')
  expect(await reasonOf(one.secret, '--ip 10.1.1.1 --scope drive:read --scope drive:write')).toBe('insufficient_scope')
  expect(await reasonOf(one.secret, '--ip 10.1.1.1 --user-required')).toBe('user_required')
  expect(await reasonOf(one.secret, '--ip 10.1.1.1', { clock: () => NOW + 3_600_000 })).toBe('expired')
  await ada.run(`token rotate ${one.id} --overlap 0s`)
  expect(await reasonOf(one.secret, '--ip 10.1.1.1')).toBe('superseded')
  await ada.run(`token revoke ${one.id}`)
  expect(await reasonOf(one.secret, '--ip 10.1.1.1')).toBe('revoked')

  const two = await issue('--user', 'bob')
  expect(await reasonOf(two.secret, '--user-required')).toBe(null)
  await ada.run('principal disable bob')
  expect(await reasonOf(two.secret)).toBe('principal_disabled')
  await ada.run('principal enable bob')
  await ada.run('principal create eve')
  const three = await ada.issue('--user', 'eve')
  await ada.run('principal disable eve')
  expect(await reasonOf(three.secret)).toBe('user_disabled')
})

test('rules of the configuration hold', async () => {
  const { secret } = await ada.issue('--scope', 'drive:write', '--scope', 'channels:*')
  const rules = { wildcards: true, implies: { 'drive:write': ['drive:read'] }, policy: { maximumLifetimeSeconds: 60 } }
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  const asked = '--scope drive:read --scope channels:c1:publish'
  expect((await verdict(secret, asked))[1].reason).toBe('insufficient_scope')
  expect((await verdict(secret, `${asked} --config rules.json`))[1].reason).toBe(null)
  const later = { clock: () => NOW + 60_000 }
  expect((await verdict(secret, '--config rules.json', later))[1].reason).toBe('expired')
  expect((await verdict(secret, '', later))[1].reason).toBe(null)
})

test('it is no use, adopts no secret, and reports none that has ended', async () => {
  const { id, secret: before } = await ada.issue()
  const { secret: after } = document<{ secret: string }>(await ada.run(`token rotate ${id} --overlap 1h --json`))
  expect((await verdict(after))[1].allowed).toBe(true)
  expect((await verdict(before))[1].allowed).toBe(true)
  const later = { clock: () => NOW + 7_200_000 }
  expect((await verdict(before, '', later))[1].reason).toBe('superseded')
  expect(document(await ada.run(`token show ${id} --json`))).toMatchObject({ lastUsedAt: null, useCount: 0 })
  const { items } = document<{ items: { action: string }[] }>(await ada.run(`audit list --token ${id} --json`))
  expect(items.map(({ action }) => action).toSorted()).toEqual(['create', 'rotate'])
})

test('peppers are of the environment, and tokens from before them are asked for where that is said', async () => {
  const peppered = (...ids: number[]) => ids.map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`).join(',')
  const { secret: plain } = await ada.issue()
  const env = { PATKIT_PEPPERS: peppered(2026) }
  const created = await ada.run('token create --principal ada --name peppered --json', { env })
  const { secret } = document<{ secret: string }>(created)
  const reasonOf = async (token: string, around: object) => (await verdict(token, '', around))[1].reason
  expect(await reasonOf(secret, { env })).toBe(null)
  expect(await reasonOf(secret, { env: { PATKIT_PEPPERS: peppered(2027, 2026) } })).toBe(null)
  expect(await reasonOf(secret, { env: { PATKIT_PEPPERS: peppered(2027) } })).toBe('unknown_token')
  expect(await reasonOf(plain, { env })).toBe('unknown_token')
  expect(await reasonOf(plain, { env: { ...env, PATKIT_ACCEPT_UNPEPPERED: 'true' } })).toBe(null)
})

test('without a prefix nothing can be said', async () => {
  const { PATKIT_DB } = ada.env as { PATKIT_DB: string }
  expect(await patkit(['verify'], { env: { PATKIT_DB }, stdin: 'x' })).toMatchObject({ code: 2, stdout: '' })
})
