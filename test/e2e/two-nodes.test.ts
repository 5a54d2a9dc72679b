import { Kysely, sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { browser } from '../../packages/cli/test/browser.ts'
import { patkit } from '../../packages/cli/test/terminal.ts'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { waitUntil } from '../servers/wait-until.ts'
import { cleanUp } from './example-program.ts'
import { type Introduction, startQuickstart } from './quickstart-program.ts'

/** Less than `cacheTtlSeconds`: without a channel the tests fail. */
const LONGEST_MS = 55_000

afterEach(cleanUp)

onEachEngine((engine) => {
  test('a change by the command line is known to every start on the database', async () => {
    const database = await engine.open()
    const first = await start(database, 'express')
    const second = await start(database, 'hono')
    // The second start has made new secrets.
    const { read, write } = second.tokens
    const urls = [first.url, second.url]
    const { token = '', user = '' } = (await answersOf(urls, read))[0]?.body ?? {}

    await command(database, 'token', 'revoke', token)
    for (const url of urls) await untilRefused(url, read)

    expect((await answersOf(urls, write)).map(({ status }) => status)).toEqual([200, 200])
    await command(database, 'principal', 'disable', user)
    for (const url of urls) await untilRefused(url, write)
    await cleanUp()
    await database.drop()
  })

  test('a revocation at one start is known to the other', async () => {
    const database = await engine.open()
    const first = await start(database, 'express')
    const second = await start(database, 'hono')
    const { read } = second.tokens
    const answers = await answersOf([first.url, second.url], read)
    expect(answers.map(({ status }) => status)).toEqual([200, 200])

    await revokeAt(first, answers[0]?.body.token as string)
    expect((await answersOf([first.url], read))[0]?.status).toBe(401)
    await untilRefused(second.url, read)
    await cleanUp()
    await database.drop()
  })

  test('a table edited by hand is read again after patkit invalidate', async () => {
    const database = await engine.open()
    const { url, tokens } = await start(database, 'koa')
    expect((await answersOf([url], tokens.read))[0]?.status).toBe(200)
    const db = new Kysely<unknown>({ dialect: database.dialect() })
    await sql`delete from patkit_secret`.execute(db)
    await db.destroy()
    await command(database, 'invalidate')
    await untilRefused(url, tokens.read)
    await cleanUp()
    await database.drop()
  })
})

interface Start extends Introduction {
  /** A link that signs a person in. */
  readonly console: string
}

async function start({ url }: TestDatabase, framework: string): Promise<Start> {
  return JSON.parse(
    await startQuickstart('--json', '--port', '0', '--db', url, '--framework', framework).nextLine(),
  ) as Start
}

/** Over the management API of this start, as the console does. */
async function revokeAt({ url, console: link }: Start, token: string): Promise<void> {
  const person = browser(url, (request) => fetch(request))
  await person.post(`${url}/sign-in/link`, { code: new URL(link).hash.slice('#code='.length) })
  const answer = await person.post(`${url}/console-api/tokens/${token}/revoke`, {})
  expect(answer.status).toBe(200)
}

async function answersOf(urls: readonly string[], token: string) {
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/whoami`, { headers: { authorization: `Bearer ${token}` } })
      const body = (await answer.json()) as { readonly token?: string; readonly user?: string }
      return { status: answer.status, body }
    }),
  )
}

/** A change that was made just now. */
async function untilRefused(url: string, token: string): Promise<void> {
  const end = Date.now() + LONGEST_MS
  await waitUntil(async () => {
    expect(Date.now()).toBeLessThan(end)
    return (await answersOf([url], token))[0]?.status === 401
  })
}

async function command({ url }: TestDatabase, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await patkit(args, { env: { PATKIT_DB: url, PATKIT_ORGANIZATION: 'acme' }, clock: Date.now })
  expect(code, stderr).toBe(0)
}
