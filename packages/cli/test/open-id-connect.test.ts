import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { tokenFormat } from '@patkit/core'
import { type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService, type TokenService } from '@patkit/tokens'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dialectOf } from '../../../test/servers/dialect.ts'
import { createSignIn, type OpenIdConnectOptions, type SignIn } from '../src/sign-in.ts'
import { type Browser, browser } from './browser.ts'
import { CLIENT, startProvider, type TestProvider } from './openid-provider.ts'
import { NOW, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const ORIGIN = 'http://localhost:4999'
const ACTOR = { id: 'root', scopes: null }
const ADA = { organizationId: 'acme', principalId: 'ada' }
const ATTEMPT = 'localhost:4999 patkit_oidc'

let provider: TestProvider
let store: SqlStore
let tokens: TokenService
let now = NOW

beforeAll(async () => {
  provider = await startProvider(`${ORIGIN}/sign-in/oidc/callback`)
})
afterAll(() => provider.close())
beforeEach(async () => {
  now = NOW
  provider.person = { sub: 'ada' }
  store = sqlStore({ dialect: dialectOf(`sqlite:${join(folder, `${randomUUID()}.db`)}`) })
  await store.migrate()
  tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
  return () => store[Symbol.asyncDispose]()
})

function signInWith(options: Partial<OpenIdConnectOptions> = {}, onError: (cause: unknown) => void = () => {}): SignIn {
  return createSignIn({
    ...{ tokens, signIns: store.signIns, organizationId: 'acme', publicUrl: ORIGIN, home: '/console/' },
    openIdConnect: { issuer: provider.issuer, ...CLIENT, ...options },
    clock: () => now,
    onError,
  })
}

function browserOf(signIn: SignIn): Browser {
  return browser(ORIGIN, async (request) => (await signIn.handle(request)) ?? new Response('page'))
}

async function personOf(person: Browser): Promise<string | null> {
  const state = await (await person.get(`${ORIGIN}/sign-in/state`)).json()
  return (state as { readonly signed_in_as: string | null }).signed_in_as
}

/** Stops at the provider's answer, which a test may change. */
async function callbackOf(person: Browser): Promise<URL> {
  let at = `${ORIGIN}/sign-in/oidc`
  while (!at.startsWith(`${ORIGIN}/sign-in/oidc/callback`)) {
    const { headers } = await person.get(at)
    at = new URL(headers.get('location') as string, at).href
  }
  return new URL(at)
}

test('asks for a code with PKCE, state and nonce, and for nothing in the fragment', async () => {
  const answer = await browserOf(signInWith()).get(`${ORIGIN}/sign-in/oidc`)
  const { origin, searchParams } = new URL(answer.headers.get('location') as string)
  expect([answer.status, origin]).toEqual([303, provider.issuer])
  expect(Object.fromEntries(searchParams)).toEqual({
    client_id: 'patkit',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    redirect_uri: `${ORIGIN}/sign-in/oidc/callback`,
    response_type: 'code',
    scope: 'openid',
    state: expect.stringMatching(/^[\w-]{43}$/),
  })
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^patkit_oidc=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/),
  ])
})

test('signs a person in as the principal of its subject, which is made at the first sign-in', async () => {
  const person = browserOf(signInWith({ ceiling: ['drive:read'] }))
  const { url, response } = await person.visit(`${ORIGIN}/sign-in/oidc?to=${encodeURIComponent('/console/#/tokens')}`)
  expect([url, await response.text()]).toEqual([`${ORIGIN}/console/#/tokens`, 'page'])
  expect(await personOf(person)).toBe('ada')
  expect(person.cookies.has(ATTEMPT)).toBe(false)
  expect(await tokens.getPrincipal(ADA)).toMatchObject({ kind: 'user', ceiling: ['drive:read'], disabledAt: null })
  const { items } = await tokens.audit.list(ADA)
  expect(items.map((event) => event.kind === 'change' && event.action).sort()).toEqual(['principal', 'sign_in_openid'])
})

test('goes to no other site afterwards', async () => {
  const person = browserOf(signInWith())
  const { url } = await person.visit(`${ORIGIN}/sign-in/oidc?to=${encodeURIComponent('//evil.example')}`)
  expect(url).toBe(`${ORIGIN}/console/`)
})

test('another claim may be the principal, an e-mail address once it is verified', async () => {
  const signIn = signInWith({ principalClaim: 'email', scope: 'openid' })
  provider.person = { sub: '7', claims: { email: 'ada@example.com', email_verified: false } }
  expect((await browserOf(signIn).visit(`${ORIGIN}/sign-in/oidc`)).response.status).toBe(403)
  provider.person = { sub: '7', claims: { email: 'ada@example.com', email_verified: true } }
  const person = browserOf(signIn)
  await person.visit(`${ORIGIN}/sign-in/oidc`)
  expect(await personOf(person)).toBe('ada@example.com')
  provider.person = { sub: '7', claims: { groups: ['a'] } }
  for (const principalClaim of ['groups', 'missing']) {
    const refused = await browserOf(signInWith({ principalClaim })).visit(`${ORIGIN}/sign-in/oidc`)
    expect(refused.response.status).toBe(403)
  }
})

test('refuses disabled people, service principals, and unknown people where it makes none', async () => {
  const attempt = async (options: Partial<OpenIdConnectOptions> = {}) => {
    const person = browserOf(signInWith(options))
    const { response } = await person.visit(`${ORIGIN}/sign-in/oidc`)
    return [response.status, await personOf(person)]
  }
  expect(await attempt({ newPrincipals: false })).toEqual([403, null])
  await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: new Date(NOW) })
  expect(await attempt()).toEqual([403, null])
  expect(await tokens.getPrincipal(ADA)).toMatchObject({ disabledAt: new Date(NOW) })
  await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'service', disabledAt: null })
  expect(await attempt()).toEqual([403, null])
  await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' })
  expect(await attempt({ newPrincipals: false })).toEqual([200, 'ada'])
})

test('an answer of the provider works in the browser that asked, once, and for ten minutes', async () => {
  const signIn = signInWith()
  const attacker = browserOf(signIn)
  const answer = await callbackOf(attacker)
  // Sign-in CSRF: the victim follows the attacker's answer, with and without an attempt of its own.
  const victim = browserOf(signIn)
  expect((await victim.get(answer.href)).status).toBe(403)
  await victim.get(`${ORIGIN}/sign-in/oidc`)
  expect((await victim.get(answer.href)).status).toBe(403)
  expect(await personOf(victim)).toBeNull()
  const attempt = attacker.cookies.get(ATTEMPT) as string
  expect((await attacker.get(answer.href)).status).toBe(303)
  attacker.cookies.set(ATTEMPT, attempt)
  expect((await attacker.get(answer.href)).status).toBe(403)
  const late = browserOf(signIn)
  const lateAnswer = await callbackOf(late)
  now += 600_000
  expect((await late.get(lateAnswer.href)).status).toBe(403)
})

test('refuses a changed state, code, nonce or verifier', async () => {
  const signIn = signInWith()
  const changes: readonly ((person: Browser, answer: URL) => void)[] = [
    (_, answer) => answer.searchParams.set('state', 'A'.repeat(43)),
    (_, answer) => answer.searchParams.delete('state'),
    (_, answer) => answer.searchParams.set('code', 'A'.repeat(43)),
    (_, answer) => answer.searchParams.set('iss', 'https://evil.example'),
    (person) => change(person, { nonce: 'A'.repeat(43) }),
    (person) => change(person, { verifier: 'A'.repeat(43) }),
    (person) => person.cookies.set(ATTEMPT, 'e30'),
    (person) => person.cookies.set(ATTEMPT, '%%%'),
  ]
  for (const changeAnswer of changes) {
    const person = browserOf(signIn)
    const answer = await callbackOf(person)
    changeAnswer(person, answer)
    const refused = await person.get(answer.href)
    expect(refused.status, String(changeAnswer)).toBe(403)
    expect(await refused.text()).toContain('Sign-in failed')
    expect(await personOf(person)).toBeNull()
  }
  const denied = browserOf(signIn)
  const answer = await callbackOf(denied)
  answer.searchParams.delete('code')
  answer.searchParams.set('error', 'access_denied')
  answer.searchParams.set('error_description', '<script>alert(1)</script>')
  const page = await (await denied.get(answer.href)).text()
  expect(page).toContain('Sign-in failed')
  expect(page).not.toContain('alert')
})

function change(person: Browser, members: object): void {
  const attempt = JSON.parse(Buffer.from(person.cookies.get(ATTEMPT) as string, 'base64url').toString())
  person.cookies.set(ATTEMPT, Buffer.from(JSON.stringify({ ...attempt, ...members })).toString('base64url'))
}

describe('a sign-out', () => {
  const LOGOUT = { rpInitiatedLogout: true }

  async function signedIn(signIn: SignIn): Promise<Browser> {
    const person = browserOf(signIn)
    await person.visit(`${ORIGIN}/sign-in/oidc`)
    expect(await personOf(person)).toBe('ada')
    return person
  }

  /** Who is signed in by the provider now, where bob would be the one to sign in. */
  async function signedInAgain(person: Browser): Promise<string | null> {
    provider.person = { sub: 'bob' }
    await person.visit(`${ORIGIN}/sign-in/oidc`)
    return personOf(person)
  }

  test('leaves the session of the provider alone by default', async () => {
    const person = await signedIn(signInWith())
    expect((await person.post(`${ORIGIN}/sign-out`, {})).status).toBe(204)
    expect(await personOf(person)).toBeNull()
    expect(await signedInAgain(person)).toBe('ada')
  })

  test('with rpInitiatedLogout also ends the session of the provider, without an ID token', async () => {
    const person = await signedIn(signInWith(LOGOUT))
    const answer = await person.post(`${ORIGIN}/sign-out`, {})
    expect(answer.status).toBe(200)
    expect(await personOf(person)).toBeNull()
    const { location } = (await answer.json()) as { readonly location: string }
    const { origin, searchParams } = new URL(location)
    expect(origin).toBe(provider.issuer)
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'patkit',
      post_logout_redirect_uri: `${ORIGIN}/sign-in`,
      logout_hint: 'ada',
    })
    const page = await (await person.get(location)).text()
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
    const end = await person.submit(action, { xsrf, logout: 'yes' })
    expect(end.headers.get('location')).toBe(`${ORIGIN}/sign-in`)
    expect(await signedInAgain(person)).toBe('bob')
  })

  test('of a link does not go to the provider', async () => {
    const signIn = signInWith(LOGOUT)
    await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user' })
    const person = browserOf(signIn)
    const code = new URL((await signIn.createLink(ADA)).url).hash.slice('#code='.length)
    await person.post(`${ORIGIN}/sign-in/link`, { code })
    expect(await personOf(person)).toBe('ada')
    expect((await person.post(`${ORIGIN}/sign-out`, {})).status).toBe(204)
  })

  test.each([
    ['is away', true],
    ['has no address for it', false],
  ])('is done here where the provider %s, and the fault is reported', async (_, enabled) => {
    const other = await startProvider(`${ORIGIN}/sign-in/oidc/callback`, { enabled })
    const options = { ...LOGOUT, issuer: other.issuer }
    const person = await signedIn(signInWith(options))
    if (enabled) await other.close()
    const causes: unknown[] = []
    // Another process, which has not read the configuration of the provider.
    const anew = signInWith(options, (cause) => causes.push(cause))
    const session = [...person.cookies].find(([name]) => name.endsWith(' patkit_session')) as [string, string]
    const later = browserOf(anew)
    later.cookies.set(...session)
    expect((await later.post(`${ORIGIN}/sign-out`, {})).status).toBe(204)
    expect(causes).toHaveLength(1)
    if (!enabled) expect(String(causes[0])).toContain('openIdConnect.rpInitiatedLogout')
    if (!enabled) await other.close()
    later.cookies.set(...session)
    expect(await personOf(later)).toBeNull()
  })
})

test('a provider that is away is an outage, and is asked again later', async () => {
  const away = await startProvider(`${ORIGIN}/sign-in/oidc/callback`)
  await away.close()
  const signIn = signInWith({ issuer: away.issuer })
  const answer = await browserOf(signIn).get(`${ORIGIN}/sign-in/oidc`)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await browserOf(signIn).get(`${ORIGIN}/sign-in/oidc`)).status).toBe(503)
})

const HTML = { 'Content-Type': 'text/html' }
const JSON_TYPE = { 'Content-Type': 'application/json' }

describe.each(['/token', '/jwks'])('the address %s of a provider', (path) => {
  afterEach(() => provider.instead.clear())

  async function answered(instead: (res: ServerResponse) => void): Promise<readonly [number, number]> {
    const causes: unknown[] = []
    const person = browserOf(signInWith({}, (cause) => causes.push(cause)))
    const { href } = await callbackOf(person)
    provider.instead.set(path, instead)
    const { status } = await person.get(href)
    return [status, causes.length]
  }

  test.each<[string, (res: ServerResponse) => void]>([
    ['answers 502 with a page', (res) => res.writeHead(502, HTML).end('<h1>Bad gateway</h1>')],
    ['answers 503 with JSON', (res) => res.writeHead(503, JSON_TYPE).end('{"error":"temporarily_unavailable"}')],
    ['answers 500 with nothing', (res) => res.writeHead(500).end()],
    ['answers 429', (res) => res.writeHead(429).end()],
    ['closes the connection', (res) => res.destroy()],
    ['answers half', (res) => res.writeHead(200, JSON_TYPE).end('{"a')],
  ])('that %s is an outage, and is reported', async (_, instead) => {
    expect(await answered(instead)).toEqual([503, 1])
  })

  test('that refuses is no outage', async () => {
    const refusal = (res: ServerResponse) => res.writeHead(400, JSON_TYPE).end('{"error":"invalid_grant"}')
    expect(await answered(refusal)).toEqual([403, 0])
  })
})

test('keeps no return path in a cookie that browsers would not take', async () => {
  const signIn = signInWith()
  for (const to of [`/console/${'a'.repeat(4_000)}`, `/${'é'.repeat(1_500)}`, '//evil.example']) {
    const person = browserOf(signIn)
    const { headers } = await person.get(`${ORIGIN}/sign-in/oidc?to=${encodeURIComponent(to)}`)
    expect(String(headers.getSetCookie()).length).toBeLessThan(4_096)
  }
  const person = browserOf(signIn)
  const path = `/console/${'a'.repeat(1_900)}`
  const { url } = await person.visit(`${ORIGIN}/sign-in/oidc?to=${encodeURIComponent(path)}`)
  expect(url).toBe(`${ORIGIN}${path}`)
})

test('without a provider, its addresses are not there', async () => {
  const signIn = createSignIn({ tokens, signIns: store.signIns, organizationId: 'acme', publicUrl: ORIGIN })
  for (const path of ['/sign-in/oidc', '/sign-in/oidc/callback?code=a&state=b']) {
    expect((await browserOf(signIn).get(`${ORIGIN}${path}`)).status).toBe(404)
  }
})
