import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { tokenFormat } from '@patkit/core'
import type { SqlStore } from '@patkit/sql'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type TokenService } from '@patkit/tokens'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { createSignIn, type SignIn, type SignInOptions } from '../src/sign-in.ts'
import { type Browser, browser } from './browser.ts'
import { NOW, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ACTOR = { id: 'root', scopes: null }
const ADA = { organizationId: 'acme', principalId: 'ada' }
const BOB = { organizationId: 'acme', principalId: 'bob' }
const ORIGIN = 'https://pat.example.com'
const COOKIE = 'pat.example.com __Host-patkit_session'
const FORBIDDEN = { code: 'cross_origin' }

let store: SqlStore
let tokens: TokenService
let now = NOW

beforeEach(async () => {
  now = NOW
  store = sqlStore({ dialect: dialectOf(`sqlite:${join(folder, `${randomUUID()}.db`)}`) })
  await store.migrate()
  const clock = () => now
  tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }), clock })
  for (const owner of [ADA, BOB]) await tokens.putPrincipal(ACTOR, { ...owner, kind: 'user' })
})
afterEach(() => store[Symbol.asyncDispose]())

function signInWith(options: Partial<SignInOptions> = {}): SignIn {
  return createSignIn({
    ...{ tokens, signIns: store.signIns, organizationId: 'acme', publicUrl: ORIGIN, home: '/console/' },
    clock: () => now,
    ...options,
  })
}

function browserOf(signIn: SignIn, origin = ORIGIN): Browser {
  return browser(origin, async (request) => (await signIn.handle(request)) ?? new Response(null, { status: 404 }))
}

const codeOf = (url: string) => /^https:\/\/pat\.example\.com\/sign-in#code=([\w-]{43})$/.exec(url)?.[1] as string
const linkFor = async (signIn: SignIn, owner = ADA) => codeOf((await signIn.createLink(owner)).url)

async function signedInAs(signIn: SignIn, owner = ADA): Promise<Browser> {
  const person = browserOf(signIn)
  const answer = await person.post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn, owner) })
  expect(answer.status).toBe(200)
  return person
}

async function personOf(person: Browser): Promise<string | null> {
  const state = await (await person.get(`${ORIGIN}/sign-in/state`)).json()
  return (state as { readonly signed_in_as: string | null }).signed_in_as
}

describe('one-time links', () => {
  test('sign their principal in, once, for ten minutes', async () => {
    const signIn = signInWith()
    const { url, endsAt } = await signIn.createLink(ADA)
    expect(endsAt).toEqual(new Date(NOW + 600_000))
    const person = browserOf(signIn)
    const answer = await person.post(`${ORIGIN}/sign-in/link`, { code: codeOf(url) })
    expect([answer.status, await answer.json()]).toEqual([200, { location: `${ORIGIN}/console/` }])
    expect(await personOf(person)).toBe('ada')
    const again = await browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code: codeOf(url) })
    expect([again.status, await again.json()]).toMatchObject([403, { code: 'link_invalid' }])
    const late = await linkFor(signIn)
    now += 600_000
    expect((await browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code: late })).status).toBe(403)
  })

  test('used many times at once, sign in once', async () => {
    const signIn = signInWith()
    const code = await linkFor(signIn)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(403)])
  })

  test('previews, prefetches and HEAD use nothing up', async () => {
    const signIn = signInWith()
    const code = await linkFor(signIn)
    const preview = browserOf(signIn)
    await preview.get(`${ORIGIN}/sign-in?code=${code}`)
    for (const method of ['HEAD', 'GET', 'OPTIONS']) {
      for (const path of ['/sign-in', '/sign-in/link', `/sign-in/link?code=${code}`]) {
        const answer = await signIn.handle(new Request(`${ORIGIN}${path}`, { method, headers: { Origin: ORIGIN } }))
        expect(answer?.headers.has('set-cookie'), `${method} ${path}`).toBe(false)
      }
    }
    expect((await preview.post(`${ORIGIN}/sign-in/link`, { code })).status).toBe(200)
  })

  test.each(['', 'guess', 'A'.repeat(43), 'A'.repeat(44)])('a guessed code %j signs no person in', async (code) => {
    const signIn = signInWith()
    await linkFor(signIn)
    const answer = await browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code })
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([403, false])
  })

  const JSON_TYPE = 'application/json'
  test.each([
    ['null', { status: 400, headers: {}, detail: 'body expected object, received null' }],
    ['[]', { status: 400, headers: {}, detail: 'body expected object, received array' }],
    ['"abc"', { status: 400, headers: {}, detail: 'body expected object, received string' }],
    ['', { status: 400, headers: {}, detail: 'code expected string, received undefined' }],
    ['{"code":7}', { status: 400, headers: {}, detail: 'code expected string, received number' }],
    ['{', { status: 400, headers: {}, detail: 'body must be JSON' }],
    [new Uint8Array([0xff]), { status: 400, headers: {}, detail: 'body must be UTF-8' }],
    [`"${'a'.repeat(65_536)}"`, { status: 413, headers: {}, detail: 'The body must not have more than 64 KiB' }],
    ['{}', { status: 415, headers: { 'Content-Encoding': 'gzip' }, detail: 'The body must not be encoded' }],
    [
      '{}',
      {
        status: 415,
        headers: { 'Content-Type': `${JSON_TYPE}; charset=utf-16` },
        detail: `The body must be ${JSON_TYPE}`,
      },
    ],
  ])('a body %j that cannot be read is refused, and counts as no guess', async (body, { status, headers, detail }) => {
    const events: unknown[] = []
    const signIn = signInWith({ onEvent: (event) => events.push(event) })
    const init = { method: 'POST', headers: { Origin: ORIGIN, 'Content-Type': JSON_TYPE, ...headers }, body }
    const answer = await signIn.handle(new Request(`${ORIGIN}/sign-in/link`, init))
    expect([answer?.status, await answer?.json()]).toMatchObject([status, { detail }])
    expect(events).toEqual([])
  })

  test('with an unknown member are refused by its name, and used up by nothing but a sign-in', async () => {
    const signIn = signInWith()
    const code = await linkFor(signIn)
    const person = browserOf(signIn)
    const answer = await person.post(`${ORIGIN}/sign-in/link`, { code, principal_id: 'bob' })
    expect([answer.status, await answer.json()]).toMatchObject([400, { detail: 'principal_id is not a known field' }])
    const long = await person.post(`${ORIGIN}/sign-in/link`, { code, ['a'.repeat(4_000)]: 1 })
    expect(await long.json()).toMatchObject({ detail: `${'a'.repeat(128)} is not a known field` })
    expect((await person.post(`${ORIGIN}/sign-in/link`, { code })).status).toBe(200)
  })

  test('stay good where the session cannot be written, also that of the first administrator', async () => {
    const admin = { organizationId: 'acme', principalId: 'admin' }
    const broken = signInWith({ onError: () => {}, signIns: { ...store.signIns, addSession: gone } })
    const code = codeOf((await broken.createLink(admin, 'first-administrator')).url)
    expect((await browserOf(broken).post(`${ORIGIN}/sign-in/link`, { code })).status).toBe(503)
    expect(await store.signIns.listAdministrators('acme')).toEqual([])
    expect((await browserOf(signInWith()).post(`${ORIGIN}/sign-in/link`, { code })).status).toBe(200)
    expect(await store.signIns.listAdministrators('acme')).toEqual(['admin'])
  })

  test('are refused from other pages, and do not sign a victim in as an attacker', async () => {
    const signIn = signInWith()
    const code = await linkFor(signIn, BOB)
    const body = JSON.stringify({ code })
    const sent = async (headers: Record<string, string>) => {
      const answer = await signIn.handle(new Request(`${ORIGIN}/sign-in/link`, { method: 'POST', headers, body }))
      return answer as Response
    }
    const json = { 'Content-Type': 'application/json' }
    for (const headers of [json, { ...json, Origin: 'https://evil.example' }, { ...json, Origin: 'null' }]) {
      const answer = await sent(headers)
      expect([answer.status, await answer.json()]).toMatchObject([403, FORBIDDEN])
    }
    // What a form of another page could send without a preflight.
    expect((await sent({ Origin: ORIGIN, 'Content-Type': 'text/plain' })).status).toBe(415)
    expect((await sent({ ...json, Origin: ORIGIN })).status).toBe(200)
  })

  test('are refused for principals that are missing, disabled, or no people', async () => {
    const signIn = signInWith()
    await tokens.putPrincipal(ACTOR, { ...ADA, principalId: 'ci', kind: 'service' })
    const code = await linkFor(signIn)
    await tokens.putPrincipal(ACTOR, { ...BOB, kind: 'user', disabledAt: new Date(NOW) })
    const refusal = (principalId: string) => signIn.createLink({ ...ADA, principalId }).catch(({ code }) => code)
    expect(await Promise.all(['eve', 'ci', 'bob'].map(refusal))).toEqual([
      'ERR_PAT_PRINCIPAL_NOT_FOUND',
      'ERR_PAT_INPUT_INVALID',
      'ERR_PAT_PRINCIPAL_DISABLED',
    ])
    await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: new Date(NOW) })
    expect((await browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code })).status).toBe(403)
  })

  test('make the first administrator, and not a second one', async () => {
    const signIn = signInWith()
    const admin = { organizationId: 'acme', principalId: 'admin' }
    const first = codeOf((await signIn.createLink(admin, 'first-administrator')).url)
    const second = codeOf((await signIn.createLink(admin, 'first-administrator')).url)
    const use = async (code: string) => (await browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code })).status
    expect(await use(first)).toBe(403)
    expect(await use(second)).toBe(200)
    expect(await store.signIns.listAdministrators('acme')).toEqual(['admin'])
    const third = codeOf((await signIn.createLink({ ...admin, principalId: 'eve' }, 'first-administrator')).url)
    expect(await use(third)).toBe(403)
    expect(await tokens.listPrincipals({ organizationId: 'acme' })).toMatchObject({ items: [{}, {}, {}] })
    expect(await use(codeOf((await signIn.createLink(ADA, 'administrator')).url))).toBe(200)
    expect(await store.signIns.listAdministrators('acme')).toEqual(['ada', 'admin'])
  })

  test('are stored as digests', async () => {
    const signIn = signInWith()
    const code = await linkFor(signIn)
    expect(await store.signIns.findLink(code, new Date(NOW))).toBeNull()
    const person = await signedInAs(signIn)
    expect(await store.signIns.findSession(person.cookies.get(COOKIE) as string, new Date(NOW))).toBeNull()
  })
})

describe('sessions', () => {
  test('have cookies that scripts and other sites cannot use, Secure on HTTPS', async () => {
    const cookieAt = async (publicUrl: string) => {
      const signIn = signInWith({ publicUrl })
      const code = new URL((await signIn.createLink(ADA)).url).hash.slice('#code='.length)
      const answer = await browserOf(signIn, publicUrl).post(`${publicUrl}/sign-in/link`, { code })
      return answer.headers.getSetCookie()
    }
    const attributes = 'Max-Age=43200; Path=/; HttpOnly; SameSite=Lax'
    expect(await cookieAt(ORIGIN)).toEqual([
      expect.stringMatching(new RegExp(`^__Host-patkit_session=[\\w-]{43}; ${attributes}; Secure$`)),
    ])
    expect(await cookieAt('http://localhost:4000')).toEqual([
      expect.stringMatching(new RegExp(`^patkit_session=[\\w-]{43}; ${attributes}$`)),
    ])
  })

  test('get a new id at each sign-in, and the earlier one opens nothing (fixation)', async () => {
    const signIn = signInWith()
    const planted = await signedInAs(signIn, BOB)
    const id = planted.cookies.get(COOKIE) as string
    const victim = browserOf(signIn)
    victim.cookies.set(COOKIE, id)
    await victim.post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn) })
    expect(victim.cookies.get(COOKIE)).not.toBe(id)
    expect(await personOf(victim)).toBe('ada')
    expect(await personOf(planted)).toBeNull()
    const unknown = browserOf(signIn)
    unknown.cookies.set(COOKIE, 'B'.repeat(43))
    await unknown.post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn) })
    expect(unknown.cookies.get(COOKIE)).not.toBe('B'.repeat(43))
  })

  test('end when they are idle, and absolutely', async () => {
    const signIn = signInWith({ idleSeconds: 600, absoluteSeconds: 3_600 })
    const idle = await signedInAs(signIn)
    now += 599_000
    expect(await personOf(idle)).toBe('ada')
    now += 600_000
    expect(await personOf(idle)).toBeNull()
    now = NOW
    expect(await personOf(idle)).toBeNull()
    const busy = await signedInAs(signIn)
    for (let minute = 0; minute < 59; minute++) {
      now += 60_000
      expect(await personOf(busy)).toBe('ada')
    }
    now += 60_000
    expect(await personOf(busy)).toBeNull()
  })

  test('end when the principal is disabled or erased, and do not come back', async () => {
    const signIn = signInWith()
    const person = await signedInAs(signIn)
    await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: new Date(NOW) })
    await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: null })
    expect(await personOf(person)).toBeNull()
    const other = await signedInAs(signIn)
    await tokens.erasePrincipal(ACTOR, ADA, { events: 'keep' })
    await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' })
    expect(await personOf(other)).toBeNull()
  })

  test('end at sign-out, which other pages cannot do', async () => {
    const signIn = signInWith()
    const person = await signedInAs(signIn)
    const id = person.cookies.get(COOKIE) as string
    expect((await person.post(`${ORIGIN}/sign-out`, {}, { Origin: 'https://evil.example' })).status).toBe(403)
    expect(await personOf(person)).toBe('ada')
    const answer = await person.post(`${ORIGIN}/sign-out`, {})
    expect([answer.status, person.cookies.has(COOKIE)]).toEqual([204, false])
    person.cookies.set(COOKIE, id)
    expect(await personOf(person)).toBeNull()
  })

  test('a cookie with two values counts for nothing', async () => {
    const signIn = signInWith()
    const id = (await signedInAs(signIn)).cookies.get(COOKIE) as string
    const asked = (cookie: string) => signIn.session(new Request(ORIGIN, { headers: { cookie } }))
    expect(await asked(`a=b; __Host-patkit_session=${id}; c=d`)).toMatchObject({ principal: { principalId: 'ada' } })
    expect(await asked(`__Host-patkit_session=${'A'.repeat(43)}; __Host-patkit_session=${id}`)).toBeNull()
    expect(await asked(`patkit_session=${id}`)).toBeNull()
  })

  test('are answered 503 while the database is away', async () => {
    const causes: unknown[] = []
    const signIn = signInWith({ onError: (cause) => causes.push(cause) })
    const person = await signedInAs(signIn)
    const code = await linkFor(signIn)
    const broken = signInWith({
      onError: (cause) => causes.push(cause),
      signIns: { ...store.signIns, findSession: gone, findLink: gone },
    })
    const cookie = `__Host-patkit_session=${person.cookies.get(COOKIE)}`
    const state = await broken.handle(new Request(`${ORIGIN}/sign-in/state`, { headers: { cookie } }))
    expect([state?.status, state?.headers.get('retry-after')]).toEqual([503, '1'])
    const exchange = await browserOf(broken).post(`${ORIGIN}/sign-in/link`, { code })
    expect([exchange.status, exchange.headers.has('set-cookie')]).toEqual([503, false])
    expect(causes.map(String)).toEqual(['Error: gone', 'Error: gone'])
  })
})

async function gone(): Promise<never> {
  throw new Error('gone')
}

describe('the way back after a sign-in', () => {
  const home = `${ORIGIN}/console/`
  test.each([
    ['/console/#/tokens', `${ORIGIN}/console/#/tokens`],
    ['/a?b=c', `${ORIGIN}/a?b=c`],
    ['//evil.example', home],
    ['/\\evil.example', home],
    ['/.//evil.example', `${ORIGIN}//evil.example`],
    ['/\t/evil.example', home],
    ['https://evil.example/', home],
    ['javascript:alert(1)', home],
    [' /a', home],
    ['', home],
    [`/${'a'.repeat(3_000)}`, home],
    [7, home],
    [null, home],
  ])('of %j is %s', async (to, location) => {
    const signIn = signInWith()
    const answer = await browserOf(signIn).post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn), to })
    expect(await answer.json()).toEqual({ location })
  })
})

test('pages carry a policy without inline code, and are in no cache and no frame', async () => {
  const signIn = signInWith()
  for (const [path, type] of [
    ['/sign-in', 'text/html'],
    ['/sign-in/script.js', 'text/javascript'],
    ['/sign-in/style.css', 'text/css'],
  ]) {
    const answer = (await signIn.handle(new Request(`${ORIGIN}${path}`))) as Response
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const policy = answer.headers.get('content-security-policy') as string
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(await answer.text()).not.toMatch(/<script>|<style>| on\w+=|style="/)
  }
  expect(await signIn.handle(new Request(`${ORIGIN}/other`))).toBeNull()
  const wrong = (await signIn.handle(new Request(`${ORIGIN}/sign-in/link`))) as Response
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
})

describe('who signs in from where', () => {
  /** Through a proxy at 10.0.0.1, for a client that claims another address first. */
  const proxied = (signIn: SignIn, isTruncated = false) =>
    browser(ORIGIN, async (request) => {
      request.headers.set('X-Forwarded-For', '198.51.100.1, 203.0.113.9')
      return (await signIn.handle(request, { peer: '10.0.0.1', isTruncated })) ?? new Response(null, { status: 404 })
    })

  test('is in the log of the program, without any secret', async () => {
    const events: unknown[] = []
    const signIn = signInWith({ trustedProxies: ['10.0.0.1'], onEvent: (event) => events.push(event) })
    const person = proxied(signIn)
    await person.post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn) })
    await person.post(`${ORIGIN}/sign-in/link`, { code: 'A'.repeat(43) })
    await person.post(`${ORIGIN}/sign-out`, {})
    const clientIp = '203.0.113.9'
    expect(events).toEqual([
      { action: 'sign_in', method: 'link', principalId: 'ada', clientIp },
      { action: 'sign_in_refused', method: 'link', principalId: null, clientIp },
      { action: 'sign_out', method: 'session', principalId: 'ada', clientIp },
    ])
  })

  test('is not in the log of the program where the session cannot be written', async () => {
    const events: unknown[] = []
    const options = { onEvent: (event: unknown) => events.push(event), onError: () => {} }
    const signIn = signInWith({ ...options, signIns: { ...store.signIns, addSession: gone } })
    const person = browserOf(signIn)
    const answer = await person.post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn) })
    expect([answer.status, person.cookies.size, events]).toEqual([503, 0, []])
  })

  test('is in the audit log, once for each session that begins or is signed out', async () => {
    const signIn = signInWith({ trustedProxies: ['10.0.0.1'] })
    const person = proxied(signIn)
    now += 1_000
    await person.post(`${ORIGIN}/sign-in/link`, { code: await linkFor(signIn) })
    await person.post(`${ORIGIN}/sign-in/link`, { code: 'A'.repeat(43) })
    now += 1_000
    await person.post(`${ORIGIN}/sign-out`, {})
    await person.post(`${ORIGIN}/sign-out`, {})
    const { items } = await tokens.audit.list(ADA)
    const event = { kind: 'change', ...ADA, actorId: 'ada', tokenId: null, clientIp: '203.0.113.9' }
    expect(items.slice(0, -1)).toEqual([
      expect.objectContaining({ ...event, action: 'sign_out' }),
      expect.objectContaining({ ...event, action: 'sign_in_link' }),
    ])
    expect(items.at(-1)).toMatchObject({ action: 'principal', clientIp: null })
  })

  test('has no address where header lines may be missing, and that of the peer without trusted proxies', async () => {
    const [cut, direct] = [signInWith({ trustedProxies: ['10.0.0.1'] }), signInWith()]
    now += 1_000
    await proxied(cut, true).post(`${ORIGIN}/sign-in/link`, { code: await linkFor(cut) })
    now += 1_000
    await proxied(direct).post(`${ORIGIN}/sign-in/link`, { code: await linkFor(direct) })
    const { items } = await tokens.audit.list(ADA)
    expect(items.slice(0, 2).map(({ clientIp }) => clientIp)).toEqual(['10.0.0.1', null])
  })
})

test.each([
  ['publicUrl', { publicUrl: 'https://pat.example.com/below' }],
  ['publicUrl', { publicUrl: 'ftp://pat.example.com' }],
  ['publicUrl', { publicUrl: 7 as never }],
  ['idleSeconds', { idleSeconds: 59 }],
  ['absoluteSeconds', { absoluteSeconds: 1.5 }],
  ['sessions', { sessions: 1 } as never],
  ['trustedProxies', { trustedProxies: ['10.0.0.0/99'] }],
  ['openIdConnect.issuer', { openIdConnect: { issuer: 'http://id.example.com', clientId: 'a' } }],
  ['openIdConnect.clientId', { openIdConnect: { issuer: 'https://id.example.com', clientId: '' } }],
  ['openIdConnect.scope', { openIdConnect: { issuer: 'https://id.example.com', clientId: 'a', scope: 'profile' } }],
  [
    'openIdConnect.rpInitiatedLogout',
    { openIdConnect: { issuer: 'https://id.example.com', clientId: 'a', rpInitiatedLogout: 'yes' as never } },
  ],
  [
    'openIdConnect.secret',
    { openIdConnect: { issuer: 'https://id.example.com', clientId: 'a', secret: 'b' } as never },
  ],
])('a wrong option "%s" is named', (name, options) => {
  expect(() => signInWith(options)).toThrow(`"${name}"`)
})
