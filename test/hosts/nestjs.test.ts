import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programOf } from './page.ts'
import { DATABASE, type Database, TOKEN } from './reader.ts'

interface NestApp {
  listen(port: number, host: string): Promise<{ address(): AddressInfo }>
  setGlobalPrefix(prefix: string): void
  close(): Promise<void>
}

interface Program extends Database {
  createApp(): Promise<NestApp>
}

const DECORATORS = { experimentalDecorators: true }
const MAIN = `export * from './app.ts'\nexport * from './db.ts'\n`
const page = programOf('docs/guides/hosts/nestjs.md', { 'db.ts': DATABASE, 'main.ts': MAIN }, DECORATORS)
let program: Program

beforeAll(async () => {
  program = await page.load<Program>('main.ts')
})
afterAll(() => page.remove())

test('the program compiles', () => expect(page.complaints).toBe(''))

test.each(['', '/api'])('below "%s", routes are answered as on Express', async (prefix) => {
  const app = await program.createApp()
  if (prefix !== '') app.setGlobalPrefix(prefix)
  const { port } = (await app.listen(0, '127.0.0.1')).address()
  const get = async (path: string, token: string | null = TOKEN) => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(`http://127.0.0.1:${port}${prefix}${path}`, { headers })
    const challenge = answer.headers.get('www-authenticate')
    return { status: answer.status, challenge, text: await answer.text(), vary: answer.headers.get('vary') }
  }
  try {
    const files = await get('/files')
    expect(files).toMatchObject({ status: 200, vary: 'Authorization' })
    expect(JSON.parse(files.text)).toEqual({ filesOf: 'ada', mayWrite: false })
    expect(await get('/health', null)).toMatchObject({ status: 200, text: 'ok' })
    expect(await get('/files', null)).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' })
    expect(await get('/files', 'acme_pat_x')).toMatchObject({ status: 401 })
    const trash = await get('/trash')
    expect(trash).toMatchObject({ status: 403, challenge: expect.stringContaining('scope="drive:write"') })
    expect(JSON.parse(trash.text)).toMatchObject({ status: 403, code: 'insufficient_scope' })
    expect(await get('/channels/c1')).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="channels:c1:read"'),
    })
    expect(await get('/channels/a:b')).toMatchObject({ status: 403 })
  } finally {
    await app.close()
  }
  const events = program.kept.events.map(({ kind, outcome, request }) => `${kind} ${outcome} ${request.path}`)
  expect(events).toEqual(
    expect.arrayContaining([`use allowed ${prefix}/files`, `refused insufficient_scope ${prefix}/trash`]),
  )
})
