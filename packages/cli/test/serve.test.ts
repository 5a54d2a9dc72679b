import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dialectOf } from '../../../test/servers/dialect.ts'
import type { Browser } from './browser.ts'
import { type Served, served } from './served.ts'
import { document, patkit, type Surroundings, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ACTOR = { id: 'root', scopes: null }
const ADA = { organizationId: 'default', principalId: 'ada' }
const TTY = { isTty: { stdout: true } }

let cwd: string
let running: Served[]

beforeEach(() => {
  cwd = join(folder, randomUUID())
  mkdirSync(cwd)
  running = []
})
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()))
})

async function start(args: readonly string[] = [], around: Surroundings = {}): Promise<Served> {
  const server = await served(args, { cwd, clock: Date.now, ...around })
  running.push(server)
  // Answered after the first writes of the server, which a program in this process would wait for without end: a
  // SQLite lock stops the thread.
  await fetch(`${server.url}/readyz`)
  return server
}

/** Another program on the same database. */
async function withTokens<T>(work: (parts: ReturnType<typeof partsOf>) => Promise<T>): Promise<T> {
  const parts = partsOf()
  try {
    return await work(parts)
  } finally {
    await parts.tokens.close()
    await parts.store[Symbol.asyncDispose]()
  }
}

function partsOf() {
  const store = sqlStore({ dialect: dialectOf(`sqlite:${join(cwd, 'patkit.db')}`) })
  return { store, tokens: createTokenService({ store, format: tokenFormat({ prefix: 'pat' }) }) }
}

function configured(content: unknown): void {
  writeFileSync(join(cwd, 'patkit.json'), JSON.stringify(content))
}

async function signIn(server: Served, link: string): Promise<Browser> {
  const person = server.browser()
  const code = new URL(link).hash.slice('#code='.length)
  const answer = await person.post(`${server.url}/sign-in/link`, { code })
  expect(answer.status).toBe(200)
  return person
}

async function administrator(server: Served): Promise<Browser> {
  return signIn(server, server.printed.firstLink?.url as string)
}

const json = async (response: Response) => (await response.json()) as Record<string, unknown>

test('one command: the first administrator signs in, and a token passes forward-auth until it is revoked', async () => {
  const server = await start([], TTY)
  const admin = await administrator(server)
  const made = await json(await admin.post(`${server.url}/api/tokens`, { name: 'ci', scopes: ['drive:read'] }))
  const authorization = `Bearer ${made.secret ?? made.token}`
  const ask = (scope: string) => fetch(`${server.url}/authorize?scope=${scope}`, { headers: { authorization } })
  const allowed = await ask('drive:read')
  expect([allowed.status, allowed.headers.get('x-patkit-principal-id')]).toEqual([200, 'admin'])
  expect((await ask('drive:write')).status).toBe(403)
  const { items } = (await json(await admin.get(`${server.url}/api/tokens`))) as { items: [{ id: string }] }
  expect((await admin.post(`${server.url}/api/tokens/${items[0].id}/revoke`, {})).status).toBe(200)
  expect((await ask('drive:read')).status).toBe(401)
  expect((await fetch(`${server.url}/authorize`)).headers.get('www-authenticate')).toBe('Bearer realm="api"')
})

test('a request target may be a whole URL, as some proxies send it', async () => {
  const { hostname, port } = new URL((await start()).url)
  const statusOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest({ hostname, port, path: `http://elsewhere.example${path}` }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject).end()
    })
  const paths = ['/console/', '/console/config.json', '/console', '/sign-in', '/healthz', '/api/tokens', '/other']
  expect(await Promise.all(paths.map(statusOf))).toEqual([200, 200, 308, 200, 200, 401, 404])
})

test('the audit log says who signed in, how and from where, in the API and on the command line', async () => {
  const server = await start([], TTY)
  const admin = await administrator(server)
  const listed = await json(await admin.get(`${server.url}/api/audit?outcome=changed&principal_id=admin`))
  expect(listed.items).toContainEqual(
    expect.objectContaining({
      outcome: 'sign_in_link',
      actor_id: 'admin',
      client_ip: expect.stringMatching(/^127\.0\.0\.1$|^::1$/),
    }),
  )
  const around = { cwd, env: { PATKIT_DB: 'sqlite:patkit.db' } }
  const table = await patkit(['audit', 'list', '--outcome', 'changed'], around)
  expect(table.stdout).toMatch(/sign_in_link .*(?:127\.0\.0\.1|::1)/)
  const csv = await patkit(['audit', 'export', '--format', 'csv'], around)
  expect(csv.stdout).toMatch(/,change,changed,sign_in_link,.*(?:127\.0\.0\.1|::1)/)
})

describe('the link for the first administrator', () => {
  test('goes to a terminal, and works once', async () => {
    const server = await start([], TTY)
    const link = server.printed.firstLink?.url as string
    expect(link).toMatch(new RegExp(`^${server.url}/sign-in#code=[\\w-]{43}$`))
    const admin = await signIn(server, link)
    expect((await admin.get(`${server.url}/api/principals`)).status).toBe(200)
    const code = new URL(link).hash.slice('#code='.length)
    expect((await server.browser().post(`${server.url}/sign-in/link`, { code })).status).toBe(403)
    expect(existsSync(join(cwd, 'patkit-first-link.txt'))).toBe(false)
  })

  test('goes into a file of its owner without a terminal, and never to output or log', async () => {
    const file = join(cwd, 'link.txt')
    writeFileSync(file, 'old', { mode: 0o644 })
    const server = await start(['--link-file', 'link.txt'])
    expect(server.printed.firstLink).toEqual({ file: 'link.txt', endsAt: expect.any(String) })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const link = readFileSync(file, 'utf8').trimEnd()
    await signIn(server, link)
    const { stderr, code } = await server.stop()
    const secret = new URL(link).hash.slice('#code='.length)
    expect(code).toBe(0)
    expect(stderr).toContain('"action":"sign_in"')
    expect(stderr + JSON.stringify(server.printed)).not.toContain(secret)
  })

  test('is made again at each start until there is an administrator, and not after that', async () => {
    const first = await start([], TTY)
    const unused = first.printed.firstLink?.url as string
    await first.stop()
    const second = await start([], TTY)
    const code = new URL(unused).hash.slice('#code='.length)
    expect((await second.browser().post(`${second.url}/sign-in/link`, { code })).status).toBe(403)
    await administrator(second)
    await second.stop()
    expect((await start([], TTY)).printed.firstLink).toBeNull()
  })

  test('is not made where the configuration names administrators', async () => {
    configured({ serve: { administrators: ['ada'] } })
    expect((await start([], TTY)).printed.firstLink).toBeNull()
  })
})

describe('people', () => {
  const linkFor = async (server: Served, ...more: string[]) => {
    const args = ['serve', 'link', '--principal', 'ada', '--json', '--public-url', server.url, ...more]
    return document<{ url: string }>(await patkit(args, { cwd, clock: Date.now })).url
  }

  test('sign in by a link of another process, see their own tokens alone, and sign out', async () => {
    const server = await start([], TTY)
    await withTokens(({ tokens }) => tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' }))
    const ada = await signIn(server, await linkFor(server))
    expect((await ada.get(`${server.url}/api/tokens`)).status).toBe(200)
    expect((await ada.get(`${server.url}/api/principals`)).status).toBe(403)
    const foreign = { Origin: 'https://evil.example' }
    expect((await ada.post(`${server.url}/api/tokens`, { name: 'a' }, foreign)).status).toBe(403)
    expect((await ada.post(`${server.url}/sign-out`, {})).status).toBe(204)
    expect((await ada.get(`${server.url}/api/tokens`)).status).toBe(401)
  })

  test('become administrators by a link or a command, and stop by a command', async () => {
    const server = await start([], TTY)
    await withTokens(({ tokens }) => tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' }))
    const ada = await signIn(server, await linkFor(server, '--administrator'))
    const sees = async () => (await ada.get(`${server.url}/api/principals`)).status
    expect(await sees()).toBe(200)
    const command = async (args: string) =>
      document(await patkit(['serve', 'administrator', ...args.split(' '), '--json'], { cwd, clock: Date.now }))
    expect(await command('list')).toEqual({ items: ['ada'] })
    expect(await command('remove ada')).toEqual({ ...ADA, isAdministrator: false })
    expect(await sees()).toBe(403)
    expect(await command('add ada')).toEqual({ ...ADA, isAdministrator: true })
    expect(await sees()).toBe(200)
    const unknown = await patkit(['serve', 'administrator', 'add', 'eve'], { cwd, clock: Date.now })
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no principal eve')])
  })

  test('lose their session when they are disabled, by any program', async () => {
    const server = await start([], TTY)
    await withTokens(({ tokens }) => tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' }))
    const ada = await signIn(server, await linkFor(server))
    await patkit(['principal', 'disable', 'ada', '--db', 'sqlite:patkit.db'], { cwd })
    await patkit(['principal', 'enable', 'ada', '--db', 'sqlite:patkit.db'], { cwd })
    expect((await ada.get(`${server.url}/api/tokens`)).status).toBe(401)
  })
})

describe('the identity header of a proxy', () => {
  const asked = async (server: Served, headers: Record<string, string>, method = 'GET') => {
    const body = method === 'POST' ? { body: '{"name":"a"}' } : {}
    const json = { 'Content-Type': 'application/json' }
    return (await fetch(`${server.url}/api/tokens`, { method, headers: { ...json, ...headers }, ...body })).status
  }

  test('is ignored by default, and from a peer that is no trusted proxy', async () => {
    const plain = await start()
    expect(await asked(plain, { 'X-Forwarded-User': 'ada' })).toBe(401)
    configured({ trustedProxies: ['10.0.0.0/8'], serve: { identityHeader: 'x-forwarded-user' } })
    const foreign = await start()
    expect(await asked(foreign, { 'X-Forwarded-User': 'ada' })).toBe(401)
    // A header with the address of a trusted proxy changes nothing.
    expect(await asked(foreign, { 'X-Forwarded-User': 'ada', 'X-Forwarded-For': '10.0.0.1' })).toBe(401)
  })

  test('is the person from a trusted proxy, changes from the own origin alone', async () => {
    configured({ trustedProxies: ['127.0.0.1', '::1'], serve: { identityHeader: 'X-Forwarded-User' } })
    const server = await start()
    expect(await asked(server, { 'X-Forwarded-User': 'ada' })).toBe(200)
    expect(await asked(server, { 'X-Forwarded-User': 'ada, root' })).toBe(401)
    expect(await asked(server, { 'X-Forwarded-User': '' })).toBe(401)
    expect(await asked(server, { 'X-Forwarded-User': 'ada' }, 'POST')).toBe(403)
    expect(await asked(server, { 'X-Forwarded-User': 'ada', Origin: 'https://evil.example' }, 'POST')).toBe(403)
    expect(await asked(server, { 'X-Forwarded-User': 'ada', Origin: server.url }, 'POST')).toBe(201)
    await patkit(['principal', 'disable', 'ada', '--db', 'sqlite:patkit.db'], { cwd })
    expect(await asked(server, { 'X-Forwarded-User': 'ada' })).toBe(401)
  })

  test('of an unknown person is refused where no principals are made', async () => {
    const serve = { identityHeader: 'x-forwarded-user', newPrincipals: false }
    configured({ trustedProxies: ['127.0.0.1', '::1'], serve })
    expect(await asked(await start(), { 'X-Forwarded-User': 'eve' })).toBe(401)
  })
})

test('introspection is for tokens of service principals and administrators with the scope for it', async () => {
  const server = await start()
  const make = (principalId: string, kind: 'user' | 'service', scopes: readonly string[]) =>
    withTokens(async ({ tokens }) => {
      await tokens.ensurePrincipal(ACTOR, { ...ADA, principalId }, { kind, ceiling: null })
      return (await tokens.create(ACTOR, { ...ADA, principalId }, { name: 'a', scopes })).secret.reveal()
    })
  const gateway = await make('gateway', 'service', ['patkit:introspect'])
  const mere = await make('gateway', 'service', ['drive:read'])
  const user = await make('ada', 'user', ['patkit:introspect'])
  const introspect = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const body = new URLSearchParams({ token: mere })
    const answer = await fetch(`${server.url}/api/introspect`, { method: 'POST', headers, body })
    return [answer.status, (await json(answer)).active]
  }
  expect(await introspect(gateway)).toEqual([200, true])
  expect(await introspect(mere)).toEqual([403, undefined])
  expect(await introspect(user)).toEqual([403, undefined])
  // The scope opens nothing else.
  const headers = { authorization: `Bearer ${gateway}` }
  for (const path of ['principals', 'audit', 'tokens']) {
    expect((await fetch(`${server.url}/api/${path}`, { headers })).status).toBe(403)
  }
})

test("forward-auth with fixed scopes ignores the query, which is the client's", async () => {
  configured({ serve: { forwardAuth: { '/authorize/drive': ['drive:read'] } } })
  const server = await start()
  const make = (scopes: readonly string[]) =>
    withTokens(async ({ tokens }) => {
      await tokens.ensurePrincipal(ACTOR, ADA, { kind: 'user', ceiling: null })
      return (await tokens.create(ACTOR, ADA, { name: 'a', scopes })).secret.reveal()
    })
  const ask = async (token: string, path: string) =>
    (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const [reader, other] = [await make(['drive:read']), await make(['mail:read'])]
  expect(await ask(reader, '/authorize/drive/files/1?scope=mail:read')).toBe(200)
  expect(await ask(other, '/authorize/drive/files/1?scope=mail:read')).toBe(403)
  expect(await ask(other, '/authorize/mail?scope=mail:read')).toBe(404)
  expect(await ask(other, '/authorize?scope=mail:read')).toBe(200)
})

describe('health', () => {
  test('tells a process that answers from one that is ready', async () => {
    const server = await start()
    for (const path of ['healthz', 'readyz']) {
      const answer = await fetch(`${server.url}/${path}`)
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }])
      expect((await fetch(`${server.url}/${path}`, { method: 'HEAD' })).status).toBe(200)
      expect((await fetch(`${server.url}/${path}`, { method: 'POST' })).status).toBe(405)
    }
    const { default: Database } = await import('libsql')
    const database = new Database(join(cwd, 'patkit.db'))
    database.exec('delete from patkit_migration')
    database.close()
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    const unready = await fetch(`${server.url}/readyz`)
    expect([unready.status, unready.headers.get('retry-after')]).toEqual([503, '1'])
  })
})

describe('a stop', () => {
  test('answers the requests under way, writes their events, and refuses new ones', async () => {
    const server = await start([], TTY)
    const admin = await administrator(server)
    const made = await json(await admin.post(`${server.url}/api/tokens`, { name: 'ci', scopes: [] }))
    const authorization = `Bearer ${made.secret ?? made.token}`
    expect((await fetch(`${server.url}/authorize`, { headers: { authorization } })).status).toBe(200)
    // A request whose body is still on its way.
    const cookie = [...admin.cookies].map(([name, value]) => `${name.split(' ')[1]}=${value}`).join('; ')
    const headers = { cookie, origin: server.url, 'content-type': 'application/json' }
    const slow = httpRequest(`${server.url}/api/tokens`, { method: 'POST', headers })
    const answered = new Promise<number>((resolve, reject) => {
      slow.on('response', (response) => {
        response.resume()
        resolve(response.statusCode as number)
      })
      slow.on('error', reject)
    })
    slow.write('{"name":')
    await new Promise((resolve) => slow.once('socket', (socket) => socket.once('connect', resolve)))
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    server.terminate()
    slow.end('"late"}')
    expect(await answered).toBe(201)
    expect((await server.ended).code).toBe(0)
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
    await withTokens(async ({ tokens }) => {
      const { items } = await tokens.audit.list(null, { outcome: 'allowed' })
      expect(items).toMatchObject([{ request: { path: '/authorize' } }])
      expect((await tokens.list({ organizationId: 'default' })).total).toBe(2)
    })
  })

  test('cuts off what takes too long', async () => {
    configured({ serve: { stopSeconds: 0 } })
    const server = await start()
    const headers = { origin: server.url, 'content-type': 'application/json' }
    const hanging = httpRequest(`${server.url}/sign-in/link`, { method: 'POST', headers })
    const broken = new Promise((resolve) => hanging.on('error', resolve))
    hanging.write('{')
    await new Promise((resolve) => hanging.once('socket', (socket) => socket.once('connect', resolve)))
    await fetch(`${server.url}/healthz`)
    expect((await server.stop()).code).toBe(0)
    expect(await broken).toBeInstanceOf(Error)
  })
})

describe('a wrong setting is named', () => {
  const refused = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { code, stderr } = await patkit(['serve', ...args], { cwd, env })
    expect(code).toBe(2)
    return stderr
  }
  const OPENID = { issuer: 'https://id.example.com', clientId: 'a' }

  test.each([
    [{ serve: [] }, 'serve must be an object'],
    [{ serve: { prot: 1 } }, 'serve has a member "prot"'],
    [{ serve: { host: '0.0.0.0' } }, '--public-url is needed'],
    [{ serve: { publicUrl: 'https://a.example/b' } }, '--public-url must be an origin'],
    [{ serve: { port: 70_000 } }, '--port must be a number'],
    [{ serve: { port: [1] } }, 'serve.port must be a text'],
    [{ serve: { administrators: 'ada' } }, 'serve.administrators must be a list'],
    [{ serve: { idleSeconds: 1 } }, 'serve.idleSeconds must be a whole number from 60'],
    [{ serve: { audit: 'sometimes' } }, 'serve.audit must be one of background, required'],
    [{ serve: { newPrincipals: 'no' } }, 'serve.newPrincipals must be one of true, false'],
    [{ serve: { ceiling: ['a b'] } }, 'serve.ceiling must be a list of scope names'],
    [{ serve: { identityHeader: 'x-user' } }, 'serve.identityHeader needs trustedProxies'],
    [{ serve: { identityHeader: 'x user' } }, 'serve.identityHeader must be the name of a header'],
    [{ serve: { identityHeader: 'Cookie' } }, 'serve.identityHeader must be a header of the proxy'],
    [{ serve: { original: { method: 'x-method' } } }, 'serve.original must name two headers'],
    [{ serve: { forwardAuth: { '/authorize/drive': 'drive:read' } } }, 'serve.forwardAuth must be an object of lists'],
    [{ serve: { forwardAuth: { drive: [] } } }, 'option "path"'],
    [{ serve: { openIdConnect: {} } }, 'serve.openIdConnect.issuer is needed'],
    [{ serve: { openIdConnect: { issuer: OPENID.issuer } } }, 'serve.openIdConnect.clientId is needed'],
    [{ serve: { openIdConnect: { ...OPENID, clientSecret: 'hunter2' } } }, 'put it into PATKIT_OIDC_CLIENT_SECRET'],
    [{ serve: { openIdConnect: { ...OPENID, issuer: 'http://id.example.com' } } }, 'openIdConnect.issuer'],
    [{ serve: { openIdConnect: { ...OPENID, scope: 'email' } } }, 'openIdConnect.scope'],
    [{ serve: { openIdConnect: { ...OPENID, rpInitiatedLogout: 'yes' } } }, 'openIdConnect.rpInitiatedLogout must be'],
  ])('in the file: %j', async (content, message) => {
    configured(content)
    const stderr = await refused([])
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('hunter2')
  })

  test('in the environment and on the command line', async () => {
    expect(await refused([], { PATKIT_PORT: 'http' })).toContain('--port must be a number')
    expect(await refused(['--port', '-1'])).toContain('--port')
    expect(await refused([], { PATKIT_HOST: '::' })).toContain('--public-url is needed')
    expect(await refused([], { PATKIT_IDENTITY_HEADER: 'x-user' })).toContain('needs trustedProxies')
    expect(await refused([], { PATKIT_OIDC_ISSUER: 'https://id.example.com' })).toContain('PATKIT_OIDC_CLIENT_ID')
    expect(await refused(['--nonsense'])).toContain('--nonsense')
  })

  test('a port in use and a database that is away end with 3', async () => {
    const server = await start()
    const taken = await patkit(['serve', '--port', new URL(server.url).port], { cwd })
    expect([taken.code, taken.stderr]).toEqual([3, expect.stringContaining('EADDRINUSE')])
    const away = await patkit(['serve', '--db', 'postgres://nobody@127.0.0.1:1/none'], { cwd })
    expect([away.code, away.stderr]).toEqual([3, expect.stringContaining('cannot be used')])
  })
})

test('a database that goes away is answered 503, and never 401 or 200', async () => {
  const server = await start([], TTY)
  const admin = await administrator(server)
  const { default: Database } = await import('libsql')
  const database = new Database(join(cwd, 'patkit.db'))
  for (const table of ['patkit_session', 'patkit_secret']) database.exec(`alter table ${table} rename to ${table}_gone`)
  expect((await admin.get(`${server.url}/api/tokens`)).status).toBe(503)
  expect((await admin.get(`${server.url}/sign-in/state`)).status).toBe(503)
  const headers = { authorization: `Bearer ${tokenFormat({ prefix: 'pat' }).mint().reveal()}` }
  expect((await fetch(`${server.url}/authorize`, { headers })).status).toBe(503)
  database.close()
})

describe('failures of a client address', () => {
  const guess = () => tokenFormat({ prefix: 'pat' }).mint().reveal()
  const bearing = (token: string, more: Readonly<Record<string, string>> = {}) => ({
    headers: { authorization: `Bearer ${token}`, ...more },
  })
  const guesses = async (server: Served, count: number, more?: Readonly<Record<string, string>>) => {
    const statuses: number[] = []
    for (let n = 0; n < count; n++) {
      statuses.push((await fetch(`${server.url}/authorize`, bearing(guess(), more))).status)
    }
    return statuses
  }
  const madeToken = () =>
    withTokens(async ({ tokens }) => {
      await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' })
      const { secret } = await tokens.create(ACTOR, ADA, { name: 'ci', scopes: ['patkit:tokens'] })
      return secret.reveal()
    })

  test('have one budget in forward-auth, the API, introspection and sign-in, which a cached token ignores', async () => {
    configured({ serve: { administrators: ['ada'], failureLimit: { failures: 2, seconds: 3600 } } })
    const server = await start()
    const token = await madeToken()
    const authorized = () => fetch(`${server.url}/authorize`, bearing(token))
    expect((await authorized()).status).toBe(200)
    const wrong = await server.browser().post(`${server.url}/sign-in/link`, { code: 'x'.repeat(43) })
    expect(wrong.status).toBe(403)
    expect(await guesses(server, 2)).toEqual([401, 429])
    const code = await server.browser().post(`${server.url}/sign-in/link`, { code: 'x'.repeat(43) })
    const introspection = { ...bearing(guess()), method: 'POST', body: new URLSearchParams({ token }) }
    const refused = [
      await fetch(`${server.url}/api/tokens`, bearing(guess())),
      await fetch(`${server.url}/api/introspect`, introspection),
      code,
    ]
    expect(refused.map(({ status }) => status)).toEqual([429, 429, 429])
    for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await json(code)).toMatchObject({ code: 'rate_limited' })
    expect((await authorized()).status).toBe(200)
  })

  test('are 60 unless they are set', async () => {
    configured({ serve: { administrators: ['ada'] } })
    expect(await guesses(await start(), 61)).toEqual([...Array(60).fill(401), 429])
  })

  test('are not limited with 0', async () => {
    configured({ serve: { administrators: ['ada'] } })
    const server = await start([], { env: { PATKIT_FAILURE_LIMIT: '0' } })
    expect(await guesses(server, 61)).toEqual(Array(61).fill(401))
  })

  test('are those of the client behind a trusted proxy, of its IPv6 network together', async () => {
    configured({ trustedProxies: ['127.0.0.1', '::1'], serve: { administrators: ['ada'] } })
    const server = await start([], { env: { PATKIT_FAILURE_LIMIT: '1' } })
    const from = (address: string) => guesses(server, 1, { 'x-forwarded-for': address })
    expect(await from('192.0.2.1')).toEqual([401])
    expect(await from('192.0.2.1')).toEqual([429])
    expect(await from('2001:db8::1')).toEqual([401])
    expect(await from('2001:db8::ffff:1')).toEqual([429])
    expect(await from('2001:db8:0:1::1')).toEqual([401])
    const link = async (address: string) => {
      const proxied = { 'x-forwarded-for': address }
      return (await server.browser().post(`${server.url}/sign-in/link`, { code: 'wrong' }, proxied)).status
    }
    expect([await link('192.0.2.1'), await link('192.0.2.2'), await link('192.0.2.2')]).toEqual([429, 403, 429])
  })

  test.each([
    [{ failures: -1 }, 'serve.failureLimit.failures'],
    [{ failures: 'many' }, 'serve.failureLimit.failures'],
    [{ seconds: 0 }, 'serve.failureLimit.seconds'],
    [{ ipv6PrefixBits: 129 }, 'serve.failureLimit.ipv6PrefixBits'],
    [{ points: 1 }, 'serve.failureLimit'],
  ])('with %j is refused', async (failureLimit, name) => {
    configured({ serve: { failureLimit } })
    const { code, stderr } = await patkit(['serve', '--port', '0'], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining(name)])
  })
})
