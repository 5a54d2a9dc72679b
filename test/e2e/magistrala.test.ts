import { afterAll, expect, test } from 'vitest'
import { cleanUp, runStart, startExample, startThroughPnpm, temporaryFolder } from './example-program.ts'
import { printedCalls, sent } from './printed-calls.ts'
import { readFolder, sha256 } from './stored-files.ts'

afterAll(cleanUp)

/** The first line of `--json`. */
interface Introduction {
  readonly url: string
  readonly credentials: { readonly user: string; readonly otherUser: string; readonly domainId: string }
  readonly routes: { readonly publish: string; readonly entity: string }
}

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: members are what the assertions say
  readonly body: any
}

test('the document, from its first call to its last, on the program that pnpm starts', async () => {
  const program = startThroughPnpm('magistrala', '--json', '--port', '0', '--data', await temporaryFolder())
  const { url, credentials, routes }: Introduction = JSON.parse(await program.nextLine())
  const { user, otherUser, domainId } = credentials
  const filled = (route: string) => route.replace('{domain}', domainId).replace('{entity}', 'c1')
  const asUser = (request: string, body?: object) => ask(url, request, user, body)
  const scope = (operation: string) => ({ domain_id: domainId, entity_type: 'channels', entity_id: 'c1', operation })

  expect((await asUser('GET /pats')).body).toEqual({ total: 0, offset: 0, limit: 10, pats: [] })
  const { status, body: made } = await asUser('POST /pats', { name: 'a', duration: '1d', scopes: [scope('read')] })
  expect([status, made]).toMatchObject([201, { name: 'a', status: 'active', secret: expect.stringMatching(/^pat_/) }])
  const use = (route: string, secret = made.secret) => ask(url, filled(route), secret, { v: 1 })
  expect((await use(routes.entity)).body).toMatchObject({ id: 'c1', domain_id: domainId })
  expect((await use(routes.publish)).status).toBe(403)
  expect((await asUser(`PATCH /pats/${made.id}/scope/add`, { scopes: [scope('publish')] })).status).toBe(200)
  expect((await use(routes.publish)).status).toBe(202)
  const { body: listed } = await asUser(`GET /pats/${made.id}/scope`)
  expect(listed).toMatchObject({ total: 2, scopes: [scope('read'), scope('publish')] })
  expect((await ask(url, `GET /pats/${made.id}`, otherUser)).status).toBe(404)

  const scopes_id = [listed.scopes[0].id]
  expect((await asUser(`PATCH /pats/${made.id}/scope/remove`, { scopes_id })).status).toBe(200)
  expect([(await use(routes.entity)).status, (await use(routes.publish)).status]).toEqual([403, 202])
  expect((await asUser(`PATCH /pats/${made.id}/secret/revoke`)).status).toBe(204)
  expect((await use(routes.publish)).status).toBe(401)
  const { body: renewed } = await asUser(`PATCH /pats/${made.id}/secret/reset`, { duration: '2h' })
  expect((await use(routes.publish, renewed.secret)).status).toBe(202)
  expect((await asUser(`DELETE /pats/${made.id}/scope`)).status).toBe(200)
  expect((await use(routes.publish, renewed.secret)).status).toBe(403)
  expect((await asUser('DELETE /pats')).status).toBe(200)
  expect((await use(routes.publish, renewed.secret)).status).toBe(401)
  await program.stop('SIGINT')
})

test('the database holds a digest of each PAT, and no PAT', async () => {
  const folder = await temporaryFolder()
  const program = startExample('magistrala', '--json', '--port', '0', '--data', folder)
  const { url, credentials }: Introduction = JSON.parse(await program.nextLine())
  const { body } = await ask(url, 'POST /pats', credentials.user, { name: 'kept', duration: '1h' })
  expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(await program.lastLines()).toEqual([])
  const stored = await readFolder(folder)
  expect([stored.includes(body.secret), stored.includes(sha256(body.secret))]).toEqual([false, true])
  expect(stored.includes(credentials.user)).toBe(false)
})

test('what it prints works when it is pasted, and answers as it says, also at a second start', async () => {
  const folder = await temporaryFolder()
  for (let start = 1; start <= 2; start++) {
    const program = startExample('magistrala', '--port', '0', '--data', folder)
    const calls = await printedCalls(program, 'Delete all PATs')
    expect(calls).toHaveLength(19)
    for (const { heading, status, line } of calls) expect(await sent(line), heading).toBe(status)
    await program.stop('SIGTERM')
  }
})

test('PATs outlive a restart, and logins do not', async () => {
  const database = ['--json', '--port', '0', '--data', await temporaryFolder()] as const
  const first = startExample('magistrala', ...database)
  const before: Introduction = JSON.parse(await first.nextLine())
  const scopes = [{ entity_type: 'pats', entity_id: '*', operation: 'manage' }]
  const creation = { name: 'kept', duration: '1h', scopes }
  const { body: made } = await ask(before.url, 'POST /pats', before.credentials.user, creation)
  await first.stop('SIGTERM')
  const { url }: Introduction = JSON.parse(await startExample('magistrala', ...database).nextLine())
  expect((await ask(url, 'GET /pats', before.credentials.user)).status).toBe(401)
  expect((await ask(url, 'GET /pats', made.secret)).body).toMatchObject({ total: 1, pats: [{ name: 'kept' }] })
})

test('--help says how it is used', async () => {
  const { code, stdout } = await runStart('magistrala', '--help')
  expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: npx -y pnpm start magistrala [options]')])
})

async function ask(url: string, request: string, token: string, body?: object): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && method !== 'GET' && { body: JSON.stringify(body) }) }
  const response = await fetch(`${url}${path}`, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}
