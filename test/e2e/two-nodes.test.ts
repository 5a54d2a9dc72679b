import { afterEach, expect, test } from 'vitest'
import { patkit } from '../../packages/cli/test/terminal.ts'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { cleanUp } from './example-program.ts'
import { type Introduction, startQuickstart } from './quickstart-program.ts'

/** Less than `cacheTtlSeconds`: without a channel the tests fail. */
const TIME_LIMIT_MS = 55_000

afterEach(cleanUp)

onEachEngine((engine) => {
  test('a change by the command line is known to every start on the database', { timeout: TIME_LIMIT_MS }, async () => {
    const database = await engine.open()
    const first = await start(database, 'express')
    const second = await start(database, 'hono')
    // The second start has made new secrets.
    const { read, write } = second.tokens
    const urls = [first.url, second.url]
    const [{ token, user }] = (await answersOf(urls, read)).map(({ body }) => body) as [{ token: string; user: string }]

    await command(database, 'token', 'revoke', token)
    for (const url of urls) await untilRefused(url, read)

    expect((await answersOf(urls, write)).map(({ status }) => status)).toEqual([200, 200])
    await command(database, 'principal', 'disable', user)
    for (const url of urls) await untilRefused(url, write)
    await cleanUp()
    await database.drop()
  })

  test('a table edited by hand is read again after patkit invalidate', { timeout: TIME_LIMIT_MS }, async () => {
    const database = await engine.open()
    const { url, tokens } = await start(database, 'koa')
    expect((await answersOf([url], tokens.read))[0]?.status).toBe(200)
    await command(database, 'invalidate')
    expect((await answersOf([url], tokens.read))[0]?.status).toBe(200)
    await cleanUp()
    await database.drop()
  })
})

async function start({ url }: TestDatabase, framework: string): Promise<Introduction> {
  return JSON.parse(
    await startQuickstart('--json', '--port', '0', '--db', url, '--framework', framework).nextLine(),
  ) as Introduction
}

async function answersOf(urls: readonly string[], token: string) {
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/whoami`, { headers: { authorization: `Bearer ${token}` } })
      return { status: answer.status, body: await answer.json() }
    }),
  )
}

async function untilRefused(url: string, token: string): Promise<void> {
  for (;;) if ((await answersOf([url], token))[0]?.status === 401) return
}

async function command({ url }: TestDatabase, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await patkit(args, { env: { PATKIT_DB: url, PATKIT_ORGANIZATION: 'acme' }, clock: Date.now })
  expect(code, stderr).toBe(0)
}
