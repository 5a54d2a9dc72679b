import type { Verifier } from '@patkit/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programOf } from './page.ts'
import { DATABASE, type Database, TOKEN } from './reader.ts'

type Handler = (request: Request, context: object) => Promise<Response>
type Routes = Readonly<Record<'GET' | 'POST', Handler>>

interface Program extends Database {
  readonly verifier: Verifier<never>
  readonly api: Routes
  readonly files: Routes
}

const MAIN = `export * as api from './route.ts'\nexport * as files from './files-route.ts'\nexport * from './db.ts'\nexport * from './verifier.ts'\n`
const page = programOf('docs/guides/hosts/nextjs.md', { 'db.ts': DATABASE, 'main.ts': MAIN })
const GOOD = { authorization: `Bearer ${TOKEN}`, 'x-real-ip': '203.0.113.9' }
let program: Program

beforeAll(async () => {
  program = await page.load<Program>('main.ts')
})
afterAll(() => page.remove())

test('the programs compile', () => expect(page.complaints).toBe(''))

describe.each([
  ['api', '/api/files'],
  ['files', '/files'],
] as const)('the handlers of %s', (name, path) => {
  const send = (method: 'GET' | 'POST', headers: Record<string, string> | [string, string][]) => {
    const request = new Request(`https://app.example.com${path}?page=2`, { method, headers })
    return program[name][method](request, { params: Promise.resolve({}) })
  }

  test('answer a valid token, and write its event before', async () => {
    const answer = await send('GET', GOOD)
    expect([answer.status, await answer.json()]).toEqual([200, { filesOf: 'ada' }])
    expect(answer.headers.get('vary')).toBe('Authorization')
    const request = expect.objectContaining({ method: 'GET', path })
    expect(program.kept.events.at(-1)).toMatchObject({ outcome: 'allowed', clientIp: '203.0.113.9', request })
  })

  test.each([
    ['no credential', { 'x-real-ip': '203.0.113.9' }, 401],
    [
      'two credentials in one header',
      [...Object.entries(GOOD), ['authorization', 'Bearer acme_pat_x']] as [string, string][],
      400,
    ],
    ['a client outside the allowlist', { ...GOOD, 'x-real-ip': '198.51.100.7' }, 401],
    ['an unknown client', { authorization: GOOD.authorization }, 401],
  ])('refuse %s', async (_name, headers, status) => {
    const before = program.kept.events.length
    const answer = await send('GET', headers)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer realm="api"')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('vary')).toBe('Authorization')
    await program.verifier.flush()
    // A denial before the guard is one event.
    expect(program.kept.events.slice(before)).toMatchObject([{ kind: 'use', request: { path } }])
  })

  test('refuse a token without the scope', async () => {
    const answer = await send('POST', GOOD)
    const challenge = answer.headers.get('www-authenticate')
    expect([answer.status, challenge]).toEqual([403, expect.stringContaining('scope="drive:write"')])
    expect(program.kept.events.at(-1)).toMatchObject({ kind: 'refused', outcome: 'insufficient_scope' })
  })
})
