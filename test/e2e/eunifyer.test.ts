import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cleanUp, runStart, startExample, startThroughPnpm, temporaryFolder } from './example-program.ts'
import { printedCalls, sent } from './printed-calls.ts'
import { readFolder, sha256 } from './stored-files.ts'

afterAll(cleanUp)

/** The first line of `--json`. */
interface Introduction {
  readonly url: string
  readonly credentials: Readonly<Record<string, string>>
  readonly routes: Readonly<Record<string, string>>
}

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: members are what the assertions say
  readonly body: any
}

const IN_A_YEAR = new Date(Date.now() + 365 * 86_400_000).toISOString().replace(/T.*/, 'T00:00:00Z')

test('the document, from its first call to its last, on the program that pnpm starts', async () => {
  const program = startThroughPnpm('eunifyer', '--json', '--port', '0', '--data', await temporaryFolder())
  const { url, credentials, routes }: Introduction = JSON.parse(await program.nextLine())
  const { admin = '', servicePrincipalId, userId, foreignUserId } = credentials
  const asAdmin = (request: string, body?: object) => ask(url, request, admin, body)
  const principals = '/api/v1/developer/service-principals'
  const tokens = `${principals}/${servicePrincipalId}/tokens`

  const { body: listed } = await asAdmin(`GET ${principals}`)
  expect(listed.items.map(({ id }: { readonly id: string }) => id)).toContain(servicePrincipalId)
  const creation = {
    name: 'my-sync-script',
    scopes: ['drive:read', 'drive:write'],
    expires_at: IN_A_YEAR,
    user_id: userId,
  }
  expect((await asAdmin(`POST ${tokens}`, { ...creation, user_id: foreignUserId })).status).toBe(400)
  const { status, body: made } = await asAdmin(`POST ${tokens}`, creation)
  expect([status, Object.keys(made)]).toEqual([201, ['id', 'name', 'secret', 'scopes', 'expires_at', 'created_at']])
  expect(await ask(url, 'GET /api/v1/drive/browse', made.secret)).toMatchObject({
    status: 200,
    body: { user_id: userId },
  })

  expect((await asAdmin(`GET ${tokens}?limit=1`)).body).toMatchObject({
    items: [{ id: made.id, user_id: userId }],
    limit: 1,
  })
  expect((await asAdmin(`PATCH ${tokens}/${made.id}`, { name: 'sync' })).body).toMatchObject({ name: 'sync' })
  const { body: rotated } = await asAdmin(`POST ${tokens}/${made.id}/rotate`)
  expect((await ask(url, 'GET /api/v1/drive/browse', made.secret)).status).toBe(401)
  expect((await ask(url, 'GET /api/v1/drive/browse', rotated.secret)).body).toMatchObject({ user_id: userId })
  expect((await asAdmin(`DELETE ${tokens}/${made.id}`)).status).toBe(204)
  expect((await ask(url, 'GET /api/v1/drive/browse', rotated.secret)).status).toBe(401)

  const { body: log } = await asAdmin(`GET ${routes.audit}?token_id=${made.id}`)
  const outcomes = log.items.map(({ outcome }: { readonly outcome: string }) => outcome).toReversed()
  expect(outcomes.filter((outcome: string) => outcome !== 'secret_reused')).toEqual([
    ...['create', 'allowed', 'update', 'rotate', 'superseded', 'allowed', 'revoke', 'revoked'],
  ])
  await program.stop('SIGINT')
})

test('the database holds SHA-256 digests, and no token', async () => {
  const folder = await temporaryFolder()
  const program = startExample('eunifyer', '--json', '--port', '0', '--data', folder)
  const { url, credentials }: Introduction = JSON.parse(await program.nextLine())
  const { admin = '', adminPassword = '', servicePrincipalId } = credentials
  const path = `/api/v1/developer/service-principals/${servicePrincipalId}/tokens`
  const { body } = await ask(url, `POST ${path}`, admin, { name: 'kept' })
  expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(await program.lastLines()).toEqual([])
  const stored = await readFolder(folder)
  for (const token of [admin, body.secret]) {
    expect([stored.includes(token), stored.includes(sha256(token))]).toEqual([false, true])
  }
  expect(stored.includes(adminPassword)).toBe(false)
})

test('what it prints works when it is pasted, and answers as it says', async () => {
  const program = startExample('eunifyer', '--port', '0', '--data', await temporaryFolder())
  const calls = await printedCalls(program, 'The audit log')
  expect(calls).toHaveLength(12)
  for (const { heading, status, line } of calls) expect(await sent(line), heading).toBe(status)
})

test('another start makes tokens of its own, and keeps others and their history', async () => {
  const folder = await temporaryFolder()
  const database = ['--db', `sqlite:${join(folder, 'shared.sqlite')}`] as const
  const first = startExample('eunifyer', '--json', '--port', '0', ...database)
  const before: Introduction = JSON.parse(await first.nextLine())
  const { admin = '', servicePrincipalId } = before.credentials
  const path = `/api/v1/developer/service-principals/${servicePrincipalId}/tokens`
  const { body: made } = await ask(before.url, `POST ${path}`, admin, { name: 'mine', scopes: ['admin:tokens'] })
  await first.stop('SIGTERM')

  const { url, credentials }: Introduction = JSON.parse(
    await startExample('eunifyer', '--json', '--port', '0', ...database).nextLine(),
  )
  expect(credentials.admin).not.toBe(admin)
  expect((await ask(url, `GET ${path}`, admin)).status).toBe(200)
  expect((await ask(url, `GET ${path}`, credentials.admin as string)).status).toBe(200)
  expect((await ask(url, `GET ${path}`, made.secret)).status).toBe(200)
  const { body: log } = await ask(url, 'GET /api/v1/audit-log?limit=100&outcome=changed', credentials.admin as string)
  expect(log.items.filter(({ outcome }: { readonly outcome: string }) => outcome === 'create')).toHaveLength(9)
})

test('--help says how it is used', async () => {
  const { code, stdout } = await runStart('eunifyer', '--help')
  expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: npx -y pnpm start eunifyer [options]')])
})

async function ask(url: string, request: string, token: string, body?: object): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await fetch(`${url}${path}`, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}
