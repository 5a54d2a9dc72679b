import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type Audit, createVerifier, tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { bench } from './sqlite.ts'
import { document, NOW, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ada = await bench(folder)
const { id, secret } = await ada.issue('--ip', '10.0.0.0/8')

/** Uses of tokens as an API on the same database would record them. */
async function used(credential: string, clientIp: string, userAgent: string, at: number, of = ada): Promise<void> {
  const store = sqlStore({ dialect: dialectOf(of.env.PATKIT_DB as string) })
  const clock = () => at
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }), clock })
  const audit: Audit = { mode: 'required', sink: store.audit }
  const verifier = createVerifier({ ...tokens.verifierOptions, audit })
  const reader = {
    header: () => `Bearer ${credential}`,
    peer: () => clientIp,
    context: () => ({ id: null, method: 'GET', path: '/files', route: null, userAgent }),
  }
  await verifier.verify({}, reader)
  await verifier.close()
  await tokens.close()
  await store[Symbol.asyncDispose]()
}

const UNKNOWN = 'acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'
await used(secret, '10.1.2.3', 'curl/8', NOW - 7_200_000)
await used(secret, '192.0.2.7', '=cmd|calc', NOW - 3_600_000)
await used(UNKNOWN, '192.0.2.7', '\u001b[2Jsly \u202eevil\u2028', NOW - 1_800_000)

interface Page {
  readonly items: readonly { readonly outcome?: string; readonly action?: string }[]
  readonly next: string | null
}

async function listed(args: string): Promise<string[]> {
  const page = document<Page>(await ada.run(`audit list --json ${args}`.trim()))
  return page.items.map(({ outcome, action }) => outcome ?? action ?? '')
}

test('events are found by what they are', async () => {
  expect(await listed('')).toEqual(['create', 'unknown_token', 'ip_denied', 'allowed', 'principal'])
  expect(await listed('--outcome denied')).toEqual(['unknown_token', 'ip_denied'])
  expect(await listed('--outcome changed')).toEqual(['create', 'principal'])
  expect(await listed('--reason ip_denied')).toEqual(['ip_denied'])
  expect(await listed(`--token ${id} --outcome allowed`)).toEqual(['allowed'])
  expect(await listed('--ip ::ffff:192.0.2.7')).toEqual(['unknown_token', 'ip_denied'])
  expect(await listed('--from 1h --until 30m')).toEqual(['ip_denied'])
  expect(await listed('--from 2026-03-01T11:30:00Z')).toEqual(['create', 'unknown_token'])
})

test('a table has the owner of each token, and who has changed it', async () => {
  const { stdout } = await ada.run('audit list')
  const [header, ...lines] = stdout.trimEnd().split('\n')
  expect(header?.split(/ {2,}/)).toEqual(['at', 'what', 'token', 'principal', 'by', 'from', 'request', 'user agent'])
  const cells = lines.map((line) => line.split(/ {2,}/)).map(([, what, , principal, by]) => [what, principal, by])
  expect(cells).toEqual([
    ['create', 'ada', 'cli:tester'],
    ['unknown_token', '-', '-'],
    ['ip_denied', 'ada', '-'],
    ['allowed', 'ada', '-'],
    ['principal', 'ada', 'cli:tester'],
  ])
})

test('events without an owner are shown by default, but not for a named organization or owner', async () => {
  expect(await listed('--organization default')).not.toContain('unknown_token')
  expect(await listed('--principal ada --outcome denied')).toEqual(['ip_denied'])
  expect(await listed('--organization other')).toEqual([])
})

test('JSON lines, the oldest first, hold nothing that a terminal obeys', async () => {
  const { stdout } = await ada.run('audit export')
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).outcome ?? JSON.parse(line).action)).toEqual([
    'principal',
    'allowed',
    'ip_denied',
    'unknown_token',
    'create',
  ])
  expect(stdout).toMatch(/^[\x20-\x7e\n]+$/)
})

test('CSV is safe for spreadsheets', async () => {
  const { stdout } = await ada.run('audit export --format csv --outcome denied')
  const [header, first, second, ...rest] = stdout.trimEnd().split('\n')
  expect(header).toBe(
    'id,at,kind,outcome,action,tokenId,principalId,organizationId,userId,actorId,clientIp,requiredScopes,missingScopes,fields,reason,method,path,route,userAgent,requestId,count',
  )
  expect(first).toContain(`,use,ip_denied,,${id},ada,default,,,192.0.2.7,,,,,GET,/files,,'=cmd|calc,,1`)
  expect(second).toContain(',unknown_token,')
  expect(second).toMatch(/^[\x20-\x7e]+$/)
  expect(rest).toEqual([])
})

test.each(['=', '+', '-', '@', '\t', '\r'])('what begins with %j is no formula', async (start) => {
  const actor = `${start}HYPERLINK("x")`
  const store = sqlStore({ dialect: dialectOf(ada.env.PATKIT_DB as string) })
  const principal = { organizationId: 'csv', principalId: 'p', kind: 'user', disabledAt: null, ceiling: null } as const
  await createTokenService({ store, format: tokenFormat({ prefix: 'a' }), clock: () => NOW }).putPrincipal(
    { id: actor, scopes: null },
    principal,
  )
  await store[Symbol.asyncDispose]()
  const { stdout } = await ada.run('audit export --format csv --organization csv')
  const cell =
    stdout
      .trimEnd()
      .split('\n')
      .at(-1)
      ?.match(/"[^,]*HYPERLINK.*?"(?=,)/)?.[0] ?? ''
  expect(cell).toMatch(/^"(?:'[=+\-@]|\\u\{[9d]\})HYPERLINK/)
})

test.each([
  ['x;=1+1', "x;'=1+1"],
  ['x|+1', "x|'+1"],
  ['x;-1;@SUM(1)', "x;'-1;'@SUM(1)"],
  ['x;"=1"', `x;"'=1"`],
  ['x;＝1|＋1;－1;＠1', "x;'＝1|'＋1;'－1;'＠1"],
  ['Mozilla/5.0 (X11; U) a=b; c-d', 'Mozilla/5.0 (X11; U) a=b; c-d'],
])('nor is text after another separator: %j', async (userAgent, cell) => {
  const one = await bench(folder)
  await used((await one.issue()).secret, '192.0.2.1', userAgent, NOW, one)
  const { stdout } = await one.run('audit export --format csv --outcome allowed')
  const [row] = parse(stdout, { columns: true }) as Record<string, string>[]
  expect(row?.userAgent).toBe(cell)
})

test('a file is for its owner alone, and not overwritten unasked', async () => {
  const path = join(folder, 'events.jsonl')
  const first = await ada.run('audit export --output events.jsonl --outcome denied --json')
  expect(document(first)).toEqual({ exported: 2, output: 'events.jsonl' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const again = await ada.run('audit export --output events.jsonl')
  expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('exists: --force overwrites it') })
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(2)
  writeFileSync(join(folder, 'open.csv'), 'x', { mode: 0o644 })
  expect((await ada.run('audit export --output open.csv --format csv --force')).stdout).toMatch(
    /^exported \d+ events to open.csv/,
  )
  expect(statSync(join(folder, 'open.csv')).mode & 0o777).toBe(0o600)
  expect((await ada.run('audit export --output no/such/folder')).code).toBe(3)
})

test('a file that is replaced is another file, and a link is no longer one', async () => {
  const [real, link] = [join(folder, 'real.jsonl'), join(folder, 'link.jsonl')]
  writeFileSync(real, 'before', { mode: 0o644 })
  symlinkSync(real, link)
  const reader = openSync(real, 'r')
  expect((await ada.run('audit export --output link.jsonl --force')).code).toBe(0)
  expect(lstatSync(link).isFile()).toBe(true)
  expect(readFileSync(real, 'utf8')).toBe('before')
  expect((await ada.run('audit export --output real.jsonl --force')).code).toBe(0)
  expect(readFileSync(reader, 'utf8')).toBe('before')
  expect(readFileSync(real, 'utf8')).toBe(readFileSync(link, 'utf8'))
  for (const path of [real, link]) expect(statSync(path).mode & 0o777).toBe(0o600)
  closeSync(reader)
})

test('an export that breaks off keeps the earlier file, and leaves no other file', async () => {
  writeFileSync(join(folder, 'kept.jsonl'), 'before')
  const interrupted = await ada.run('audit export --output kept.jsonl --force', {
    onInterrupt(listener) {
      listener()
      return () => {}
    },
  })
  expect(interrupted.code).toBe(130)
  expect(readFileSync(join(folder, 'kept.jsonl'), 'utf8')).toBe('before')
  expect(readdirSync(folder).filter((name) => name.startsWith('kept.jsonl'))).toEqual(['kept.jsonl'])
  mkdirSync(join(folder, 'folder.jsonl'))
  expect((await ada.run('audit export --output folder.jsonl --force')).code).toBe(3)
})

test('a device stays what it is', async () => {
  const before = statSync('/dev/null').mode
  expect((await ada.run('audit export --output /dev/null')).code).toBe(3)
  expect((await ada.run('audit export --output /dev/null --force')).code).toBe(0)
  expect(statSync('/dev/null').mode).toBe(before)
})

test('an export that is interrupted, or fails, leaves no half file', async () => {
  const interrupted = await ada.run('audit export --output half.jsonl', {
    onInterrupt(listener) {
      listener()
      return () => {}
    },
  })
  expect(interrupted).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted: 0 written') })
  expect(existsSync(join(folder, 'half.jsonl'))).toBe(false)
})

test('a reader that goes ends an export quietly', async () => {
  const broken = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  for (const format of ['jsonl', 'csv']) {
    expect(await ada.run(`audit export --format ${format}`, { stdout: broken })).toMatchObject({ code: 0, stderr: '' })
  }
})

test('CSV is no JSON', async () => {
  expect((await ada.run('audit export --format csv --json')).code).toBe(2)
})

test('the old events of one organization are removed, and no others', async () => {
  const nobody = await ada.run('audit prune --before 1h --organization elsewhere')
  expect(nobody.stderr).toContain('remove 0 uses in the organization elsewhere from before')
  const pruned = await ada.run('audit prune --before 1h --organization elsewhere --yes --json')
  expect(document(pruned)).toMatchObject({ removed: 0, organizationId: 'elsewhere' })
  expect(await listed('--outcome allowed')).not.toEqual([])
})

test('old events are counted, and removed when that is confirmed', async () => {
  const counted = await ada.run('audit prune --before 1h')
  expect(counted).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('remove 1 use from before 2026-03-01T11:00'),
  })
  const pruned = await ada.run('audit prune --before 1h --yes --json')
  expect(document(pruned)).toEqual({ removed: 1, part: 'uses', before: '2026-03-01T11:00:00.000Z' })
  expect(await listed('--outcome allowed')).toEqual([])
  const interrupted = await ada.run('audit prune --before 0s --yes', {
    onInterrupt(listener) {
      listener()
      return () => {}
    },
  })
  expect(interrupted).toMatchObject({ code: 130, stderr: expect.stringMatching(/removed; run it again to finish\n$/) })
})
