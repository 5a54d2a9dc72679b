import { channel } from 'node:diagnostics_channel'
import { createApi } from '@patkit/api'
import { AUDIT_CHANNEL, tokenFormat } from '@patkit/core'
import { createTokenService, type Issued, memoryStore, type Principal, type TokenService } from '@patkit/tokens'
import { describe, expect, test } from 'vitest'

const NOW = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const FORM = 'application/x-www-form-urlencoded'
const ROOT = { id: 'root', scopes: null }
const ADA = { organizationId: 'acme', principalId: 'ada' }

/** Two organizations, and a resource server of each that asks about tokens; `user` is one that administers nothing. */
async function createHarness(change: (tokens: TokenService) => TokenService = (tokens) => tokens) {
  let now = NOW
  const store = memoryStore()
  const clock = () => now
  const service = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }), clock, wildcards: true })
  const tokens = change(service)
  const put = (principalId: string, more: Partial<Principal> = {}) =>
    service.putPrincipal(ROOT, { ...ADA, principalId, kind: 'user', disabledAt: null, ceiling: null, ...more })
  await put('ada')
  await put('bob')
  const faults: unknown[] = []
  const api = createApi({
    tokens,
    clock,
    onError: (cause) => faults.push(cause),
    authenticate({ request }) {
      const [organizationId = '', kind] = (request.headers.get('x-caller') ?? '').split('/')
      if (organizationId === '') return null
      const administers = kind === 'server'
      return {
        id: `${organizationId}/${kind}`,
        organizationId,
        principalId: null,
        scopes: null,
        manages: null,
        administers,
      }
    },
  })
  async function post(path: string, form: string | Record<string, string>, caller = 'acme/server', type = FORM) {
    const headers = { 'x-caller': caller, 'content-type': type }
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    const response = await api.fetch(new Request(`http://localhost${path}`, { method: 'POST', headers, body }))
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: text === '' ? null : JSON.parse(text) }
  }
  return {
    ...{ tokens: service, store, faults, put, post },
    introspect: (token: string, caller?: string) => post('/introspect', { token }, caller),
    revoke: (token: string, caller?: string) => post('/revoke', { token }, caller),
    issue: (input: object = {}) =>
      service.create(ROOT, ADA, { name: 'a', scopes: ['drive:read', 'drive:list'], ...input }),
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

type Harness = Awaited<ReturnType<typeof createHarness>>
const secretOf = ({ secret }: Issued) => secret.reveal()

describe('RFC 7662 introspection', () => {
  test('returns scopes, owner and expiry of a valid token', async () => {
    const { issue, introspect } = await createHarness()
    const made = await issue({ userId: 'bob', expiry: { days: 30 } })
    const answer = await introspect(secretOf(made))
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(answer.body).toEqual({
      active: true,
      scope: 'drive:read drive:list',
      token_type: 'Bearer',
      exp: (NOW + 30 * DAY_MS) / 1000,
      iat: NOW / 1000,
      sub: 'bob',
      client_id: 'ada',
      jti: made.token.id,
    })
  })

  test('says nothing of an end that is not there, and the principal is the subject without an acting user', async () => {
    const { issue, introspect } = await createHarness()
    const { body } = await introspect(secretOf(await issue({ scopes: [] })))
    expect(body).toMatchObject({ active: true, scope: '', sub: 'ada' })
    expect(body).not.toHaveProperty('exp')
  })

  test.each([
    [['drive:read'], ['drive:*'], 'drive:read'],
    [['drive:*'], ['drive:read', 'mail:read'], 'drive:read'],
    [['drive:read', 'mail:read'], ['mail:read'], 'mail:read'],
    [['drive:read'], [], ''],
  ])('%j under the ceiling %j is %j', async (scopes, ceiling, scope) => {
    const { issue, introspect, put } = await createHarness()
    const made = await issue({ scopes })
    await put('ada', { ceiling })
    expect((await introspect(secretOf(made))).body).toMatchObject({ active: true, scope })
  })

  const DEAD: Readonly<Record<string, (harness: Harness, made: Issued) => Promise<unknown>>> = {
    revoked: ({ tokens }, { token }) => tokens.revoke(ROOT, ADA, token.id),
    expired: async ({ pass }) => pass(30 * DAY_MS),
    rotated: ({ tokens }, { token }) => tokens.rotate(ROOT, ADA, token.id),
    deleted: ({ tokens }, { token }) => tokens.delete(ROOT, ADA, token.id),
    'of an owner that is disabled': ({ put }) => put('ada', { disabledAt: new Date(NOW) }),
  }
  test.each(Object.entries(DEAD))('a token that is %s is not active, and no more is said', async (_, end) => {
    const context = await createHarness()
    const made = await context.issue({ expiry: { days: 30 } })
    expect((await context.introspect(secretOf(made))).body.active).toBe(true)
    await end(context, made)
    expect((await context.introspect(secretOf(made))).text).toBe('{"active":false}')
  })

  test.each([
    ['unknown', 'acme_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'],
    ['with a wrong checksum', 'acme_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18'],
    ['of another format', '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'],
    ['no credential at all', 'a b, c'],
    ['long', 'x'.repeat(60_000)],
  ])('a token that is %s is not active', async (_, token) => {
    const { introspect } = await createHarness()
    const answer = await introspect(token)
    expect([answer.status, answer.text]).toEqual([200, '{"active":false}'])
  })

  test('a token with spaces or a scheme around it is another text', async () => {
    const { issue, introspect } = await createHarness()
    const token = secretOf(await issue())
    for (const text of [` ${token}`, `${token} `, `Bearer ${token}`]) {
      expect((await introspect(text)).body).toEqual({ active: false })
    }
  })

  test('a token of another organization is not active', async () => {
    const { issue, introspect } = await createHarness()
    const token = secretOf(await issue())
    expect((await introspect(token, 'other/server')).text).toBe('{"active":false}')
    expect((await introspect(token)).body.active).toBe(true)
  })

  test('a token is not judged by the address of the server that asks, and it is no use of it', async () => {
    const { issue, introspect, tokens } = await createHarness()
    const made = await issue({ ipAllowlist: ['203.0.113.0/24'] })
    expect((await introspect(secretOf(made))).body.active).toBe(true)
    await tokens.flush()
    expect(await tokens.get(ADA, made.token.id)).toMatchObject({ useCount: 0, lastUsedAt: null })
    expect((await tokens.audit.list(null, {})).items.filter(({ kind }) => kind === 'use')).toEqual([])
  })

  test('a new secret is not adopted by it, and an old one is good for its overlap only', async () => {
    const { issue, introspect, tokens, pass } = await createHarness()
    const made = await issue({ expiry: { days: 30 } })
    const rotated = await tokens.rotate(ROOT, ADA, made.token.id, { overlapSeconds: 60 })
    expect((await introspect(secretOf(rotated))).body).toMatchObject({ active: true, exp: (NOW + 30 * DAY_MS) / 1000 })
    await tokens.flush()
    expect((await introspect(secretOf(made))).body).toMatchObject({ active: true, exp: NOW / 1000 + 60 })
    pass(60_000)
    expect((await introspect(secretOf(made))).body).toEqual({ active: false })
  })

  test('nothing is cached: a change without a message to this node counts at once', async () => {
    const { issue, introspect, store } = await createHarness()
    const elsewhere = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }), clock: () => NOW })
    const made = await issue()
    expect((await introspect(secretOf(made))).body.active).toBe(true)
    await elsewhere.revoke(ROOT, ADA, made.token.id)
    expect((await introspect(secretOf(made))).body).toEqual({ active: false })
    await elsewhere.regenerate(ROOT, ADA, made.token.id)
    const again = await elsewhere.rotate(ROOT, ADA, made.token.id)
    expect((await introspect(secretOf(again))).body.active).toBe(true)
  })

  test('who administers nothing may not ask', async () => {
    const { issue, introspect } = await createHarness()
    const token = secretOf(await issue())
    expect((await introspect(token, 'acme/user')).status).toBe(403)
    expect((await introspect(token, '')).status).toBe(401)
  })

  test('an outage is one', async () => {
    const down = (tokens: TokenService): TokenService => ({
      ...tokens,
      verifierOptions: { ...tokens.verifierOptions, resolveMany: () => Promise.reject(new Error('no database')) },
    })
    const { issue, introspect, revoke, faults } = await createHarness(down)
    const token = secretOf(await issue())
    for (const answer of [await introspect(token), await revoke(token)]) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect(answer.text).not.toContain(token)
    }
    expect(faults).toMatchObject([{ code: 'ERR_PAT_RESOLVER_FAILED' }, { code: 'ERR_PAT_RESOLVER_FAILED' }])
  })

  test('subscribers of the audit channel receive no token', async () => {
    const { issue, introspect } = await createHarness()
    const heard: unknown[] = []
    const listener = (event: unknown) => heard.push(event)
    channel(AUDIT_CHANNEL).subscribe(listener)
    const token = secretOf(await issue())
    await introspect(token)
    channel(AUDIT_CHANNEL).unsubscribe(listener)
    expect(JSON.stringify(heard)).not.toContain(token)
  })
})

describe('RFC 7009 revocation', () => {
  test('a caller of the organization that presents a token can revoke it; revoking twice changes nothing', async () => {
    const { issue, revoke, tokens } = await createHarness()
    const made = await issue()
    for (const caller of ['acme/user', 'acme/server']) {
      const answer = await revoke(secretOf(made), caller)
      expect([answer.status, answer.text]).toEqual([200, ''])
    }
    expect((await tokens.get(ADA, made.token.id)).status).toBe('revoked')
    const [, ...changes] = await tokens.history(ADA, made.token.id)
    expect(changes).toMatchObject([{ action: 'revoke', actorId: 'acme/user' }])
  })

  test('a token of another organization is not changed, and the answer does not say so', async () => {
    const { issue, revoke, tokens } = await createHarness()
    const made = await issue()
    const answers = [await revoke(secretOf(made), 'other/server'), await revoke('nonsense', 'other/server')]
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, ''],
      [200, ''],
    ])
    expect((await tokens.get(ADA, made.token.id)).status).toBe('active')
  })

  test.each([
    ['has expired', async ({ pass }: Harness) => pass(30 * DAY_MS)],
    ['has an owner that is disabled', ({ put }: Harness) => put('ada', { disabledAt: new Date(NOW) })],
  ])('a token that %s cannot come back afterwards', async (_, happen) => {
    const context = await createHarness()
    const made = await context.issue({ expiry: { days: 30 } })
    await happen(context)
    expect((await context.revoke(secretOf(made))).status).toBe(200)
    expect((await context.tokens.get(ADA, made.token.id)).revokedAt).not.toBeNull()
  })

  test('a secret that has ended ends nothing', async () => {
    const { issue, revoke, tokens } = await createHarness()
    const made = await issue()
    await tokens.rotate(ROOT, ADA, made.token.id)
    expect((await revoke(secretOf(made))).status).toBe(200)
    expect((await tokens.get(ADA, made.token.id)).status).toBe('active')
  })

  test('a token that goes away in between is as good as revoked', async () => {
    const gone = (tokens: TokenService): TokenService => ({
      ...tokens,
      async revoke(actor, owner, id) {
        await tokens.delete(actor, owner, id)
        return tokens.revoke(actor, owner, id)
      },
    })
    const { issue, revoke } = await createHarness(gone)
    expect((await revoke(secretOf(await issue()))).status).toBe(200)
  })
})

describe('forms', () => {
  test.each([
    ['no token', '', 'token'],
    ['an empty token', 'token=', 'token'],
    ['two tokens', 'token=a&token=b', 'token'],
    ['two hints', 'token=a&token_type_hint=x&token_type_hint=y', 'token_type_hint'],
  ])('%s is refused', async (_, form, field) => {
    const { post } = await createHarness()
    for (const path of ['/introspect', '/revoke']) {
      const answer = await post(path, form)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } })
    }
  })

  test('unknown fields are ignored, and a wrong hint does not matter', async () => {
    const { post } = await createHarness()
    const answer = await post('/introspect', { token: 'x', token_type_hint: 'refresh_token', resource: 'a' })
    expect(answer.body).toEqual({ active: false })
  })

  test('the token is read from a form alone', async () => {
    const { post } = await createHarness()
    expect((await post('/introspect?token=x', 'a=b')).status).toBe(400)
    expect((await post('/introspect', '{"token":"x"}', 'acme/server', 'application/json')).status).toBe(415)
  })
})
