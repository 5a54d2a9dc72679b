import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AuditEvent } from '@patkit/core'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { credentialOf } from '../contract/credentials.ts'
import { temporaryBase } from '../servers/temporary.ts'
import { bundle } from './bundle.ts'
import { programsOf } from './pages.ts'

interface Loaded {
  readonly app: Hono
  readonly written: AuditEvent[]
  readonly scopes: string[]
}
type Headers = Readonly<Record<string, string>>

const SESSION = { cookie: 'session=demo' }
const PAT = { authorization: `Bearer ${credentialOf('prefixed').token}` }
const BAD = { authorization: 'Bearer acme_pat_x' }
const [EITHER, PUBLIC] = programsOf('hono-combine.md') as [string, string]
/** The first program with the mistakes that the page warns of. */
const MISTAKES = {
  first: 'some(every(auth, requireScope("drive:read")), hasSession)',
  optional: 'some(patAuth({ ...options, optional: true }), hasSession)',
  guardFirst: 'every(requireScope("drive:read"), auth)',
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(temporaryBase(), 'patkit-combine-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a session or a token', () => {
  test.each([
    ['neither', {}, [], 401, ['missing_credential']],
    ['a session', SESSION, [], 200, []],
    ['a token', PAT, ['drive:read'], 200, ['allowed']],
    ['a token that a guard refuses', PAT, [], 403, ['allowed', 'insufficient_scope']],
    ['a bad token', BAD, [], 401, ['malformed_token']],
    ['a session and a bad token', { ...SESSION, ...BAD }, [], 200, []],
  ] as const)('%s', async (_name, headers, scopes, status, outcomes) => {
    const program = await load(EITHER)
    program.scopes.push(...scopes)
    expect(await statusOf(program, '/files', headers)).toBe(status)
    expect(program.written.map(({ outcome }) => outcome)).toEqual(outcomes)
  })
})

test('public paths need no token, and record no event', async () => {
  const program = await load(PUBLIC)
  expect(await statusOf(program, '/public/status', BAD)).toBe(200)
  expect(program.written).toEqual([])
  expect(await statusOf(program, '/files', {})).toBe(401)
  expect(await statusOf(program, '/files', PAT)).toBe(200)
  expect(program.written.map(({ outcome }) => outcome)).toEqual(['missing_credential', 'allowed'])
})

describe('what the page warns of', () => {
  test('a denial of patAuth is an answer: handlers after it in some are not reached', async () => {
    expect(await statusOf(await load(mistaken(MISTAKES.first)), '/files', SESSION)).toBe(401)
  })

  test('optional passes in some', async () => {
    expect(await statusOf(await load(mistaken(MISTAKES.optional)), '/files', {})).toBe(200)
  })

  test('a guard before patAuth denies every request', async () => {
    expect(await statusOf(await load(mistaken(MISTAKES.guardFirst)), '/files', PAT)).toBe(500)
  })

  test('a guard after a session that has allowed the request denies it', async () => {
    const guarded = EITHER.replace("app.get('/files', ", "app.get('/files', requireScope('drive:read'), ")
    expect(await statusOf(await load(guarded), '/files', SESSION)).toBe(500)
  })
})

function mistaken(middleware: string): string {
  const use = /app\.use\('\/files', .*\)\n/
  if (!use.test(EITHER)) throw new Error('the program has no middleware to replace')
  return EITHER.replace('const auth = patAuth({', 'const options = {')
    .replace(/^\}\)$/m, '}\nconst auth = patAuth(options)')
    .replace(use, `app.use('/files', ${middleware})\n`)
}

let loads = 0

async function load(code: string): Promise<Loaded> {
  const file = join(folder, `app-${loads++}.mjs`)
  const main = "export * from './page.ts'\nexport * from './fixture-combine.ts'"
  await bundle({ code: main, files: { './page.ts': code, './db.ts': "export * from './fixture-combine.ts'" } }, file)
  const loaded = await import(/* @vite-ignore */ pathToFileURL(file).href)
  loaded.app.onError((_error: unknown, c: { text(text: string, status: number): Response }) => c.text('', 500))
  return loaded as Loaded
}

async function statusOf({ app }: Loaded, path: string, headers: Headers): Promise<number> {
  return (await app.request(path, { headers })).status
}
