import { createVerifier, defineScopes, type TokenRecord } from '@patkit/core'
import type { ScopeOptions } from '@patkit/core/adapter'
import { describe, expect, test } from 'vitest'
import { adapter, bearing, createApi, format, reader } from './api.ts'

const { patAuth, requireAnyScope, requireScope, requireUser } = adapter
type Guard = ReturnType<typeof requireScope>

/** Sends a request of a token with these members through `patAuth` and a guard. */
async function through(guard: Guard, members: Partial<TokenRecord>, options: ScopeOptions = {}) {
  const api = createApi(options)
  const request = bearing(api.issue(members), '192.0.2.7')
  await patAuth(api.verifier)(request)
  const outcome = await guard(request)
  return { reason: outcome.ok ? 'ok' : outcome.denied.reason, outcome, events: api.events }
}

describe('scope guards', () => {
  test.each([
    ['ok', requireScope('a:read'), ['a:read']],
    ['ok', requireScope('a:read', 'a:write'), ['a:read', 'a:write', 'b']],
    ['insufficient_scope', requireScope('a:read', 'a:write'), ['a:read']],
    ['ok', requireAnyScope('a:read', 'a:write'), ['a:write']],
    ['insufficient_scope', requireAnyScope('a:read', 'a:write'), ['a']],
    ['insufficient_scope', requireScope('a:read'), []],
    ['insufficient_scope', requireScope('a:read'), ['a']],
    ['insufficient_scope', requireScope('a'), ['a:read']],
    ['insufficient_scope', requireScope('a:read'), ['A:read']],
    ['ok', requireScope(() => ['channels', '7', 'publish']), ['channels:7:publish']],
    ['insufficient_scope', requireScope(() => ['channels', '7:publish']), ['channels:7:publish']],
    ['insufficient_scope', requireScope(() => ['channels', '*', 'publish']), ['channels:*:publish']],
    ['insufficient_scope', requireScope(() => ['channels', '', 'publish']), ['channels:x:publish']],
    ['insufficient_scope', requireScope(() => ['channels', undefined]), ['channels:undefined']],
    ['insufficient_scope', requireScope(() => ['channels', ['7']]), ['channels:7']],
    ['insufficient_scope', requireScope(() => []), ['a']],
    ['insufficient_scope', requireScope('a:read'), ['*', 'a:*', '*:read']],
  ])('%s', async (reason, guard, scopes) => {
    expect((await through(guard, { scopes })).reason).toBe(reason)
  })

  test.each([
    ['ok', requireScope(() => ['channels', '7', 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', '', 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', '7:8', 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', '*', 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', '7*', 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', '7 8', 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', undefined, 'publish'])],
    ['insufficient_scope', requireScope(() => ['channels', ['7'], 'publish'])],
    ['insufficient_scope', requireScope(() => [])],
  ])('no wildcard lets a bad segment in: %s', async (reason, guard) => {
    const members = { scopes: ['*', 'channels:*', 'channels:*:publish'] }
    expect((await through(guard, members, { wildcards: true })).reason).toBe(reason)
  })

  test.each([true, false])('no token meets a requirement with a wildcard, wildcards: %s', async (wildcards) => {
    const scopes = ['*', 'a:*', 'a*']
    const api = createApi({ wildcards, implies: { 'a:b': ['c'] } })
    const decision = await api.verifier.verify(bearing(api.issue({ scopes })), reader)
    expect(decision).toMatchObject({ ok: true })
    for (const scope of scopes) {
      const need = { kind: 'all', scopes: [scope] } as const
      expect(api.verifier.authorize(decision, need, bearing(''), reader)).toMatchObject({ ok: false })
    }
  })

  test('the ceiling of the owner must hold the scope too', async () => {
    const scopes = ['a', 'b']
    expect((await through(requireScope('a'), { scopes, ceiling: ['a'] })).reason).toBe('ok')
    expect((await through(requireScope('b'), { scopes, ceiling: ['a'] })).reason).toBe('insufficient_scope')
    expect((await through(requireScope('c'), { scopes, ceiling: ['c'] })).reason).toBe('insufficient_scope')
    expect((await through(requireScope('a'), { scopes, ceiling: [] })).reason).toBe('insufficient_scope')
  })

  test('a denial names all that is required, and is one refused event beside the use', async () => {
    const guard = requireScope(
      'a:read',
      () => ['b', '7'],
      () => ['b', ':'],
    )
    const { outcome, events } = await through(guard, { scopes: ['a:read'] })
    expect(outcome).toMatchObject({ denied: { requiredScopes: ['a:read', 'b:7'], tokenId: 'tok_1' } })
    expect(events.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['use', 'allowed'],
      ['refused', 'insufficient_scope'],
    ])
    expect(events[1]).toMatchObject({ tokenId: 'tok_1', clientIp: '192.0.2.7', requiredScopes: ['a:read', 'b:7'] })
    expect(events.map(({ missingScopes }) => missingScopes)).toEqual([[], ['b:7']])
  })

  test('the event of a denial names what the token or its owner does not hold', async () => {
    const missing = async (...args: Parameters<typeof through>) => (await through(...args)).events[1]?.missingScopes
    expect(await missing(requireScope('a', 'b'), { scopes: ['a', 'b'], ceiling: ['b'] })).toEqual(['a'])
    expect(await missing(requireAnyScope('b', 'c'), { scopes: ['a'] })).toEqual(['b', 'c'])
    expect(await missing(requireUser(), { userId: null })).toEqual([])
  })

  test('no token meets an empty requirement', async () => {
    const api = createApi()
    const decision = await api.verifier.verify(bearing(api.issue()), reader)
    expect(decision.ok).toBe(true)
    for (const kind of ['all', 'any'] as const) {
      expect(api.verifier.authorize(decision, { kind, scopes: [] }, bearing(''), reader)).toMatchObject({ ok: false })
    }
  })

  test('read nothing of the request without a receiver of events', async () => {
    const verifier = createVerifier<TokenRecord>({ format, resolve: () => null })
    const context = () => {
      throw new Error('read without need')
    }
    const missing = await verifier.verify({ rawHeaders: [] }, { ...reader, context })
    const need = { kind: 'all', scopes: ['a'] } as const
    expect(verifier.authorize(missing, need, { rawHeaders: [] }, { ...reader, context })).toBe(missing)
  })
})

describe('user guards', () => {
  test('need an acting user', async () => {
    expect((await through(requireUser(), { userId: 'u1' })).reason).toBe('ok')
    expect((await through(requireUser(), { userId: null })).outcome).toMatchObject({
      denied: { reason: 'user_required', detail: null },
      challenge: { status: 403 },
    })
  })

  test('say what needs one', async () => {
    const { outcome } = await through(requireUser('Drive requires user-delegated access'), { userId: null })
    const body = outcome.ok ? null : JSON.parse(outcome.challenge.body)
    expect(body).toMatchObject({ code: 'user_required', detail: 'Drive requires user-delegated access' })
  })
})

describe("programmers' mistakes", () => {
  test('a guard without patAuth before it throws', async () => {
    await expect(requireScope('a')(bearing(''))).rejects.toMatchObject({ code: 'ERR_PAT_GUARD_WITHOUT_AUTH' })
  })

  test('a scope function that returns no segments throws', async () => {
    await expect(
      through(
        requireScope(() => 'a:b' as never),
        {},
      ),
    ).rejects.toMatchObject({ code: 'ERR_PAT_GUARD_SCOPE' })
  })

  test('a grant that core did not make is not looked at', () => {
    const { verifier } = createApi()
    const forged = { ok: true, grant: { record: { scopes: ['a'] }, clientIp: null } } as never
    expect(() => verifier.authorize(forged, { kind: 'all', scopes: ['a'] }, bearing(''), reader)).toThrow(TypeError)
  })

  test.each([
    [() => (requireScope as () => Guard)(), 'at least one scope'],
    [() => requireScope('a b'), '"a b" is not a scope name'],
    [() => requireScope('a:*'), '"a:*" is not a scope name without "*"'],
    [() => requireAnyScope('a', '*'), '"*" is not a scope name without "*"'],
    [() => requireScope('a*'), '"a*" is not a scope name without "*"'],
    [() => requireAnyScope('a', ''), '"" is not a scope name'],
    [() => requireScope(7 as never), '7 is not a scope name'],
    [() => requireUser(''), 'detail'],
    [() => requireUser(' \u3000'), 'detail'],
    [() => requireUser(7 as never), 'detail'],
    [() => patAuth(undefined as never), 'resolve'],
    [() => patAuth(null as never), 'resolve'],
    [() => patAuth(createApi().verifier, { realm: 'x' } as never), 'realm'],
    [() => patAuth(createApi().verifier, { optional: 'yes' as never }), 'optional'],
    [() => patAuth(createApi().verifier, { onDeny: 'yes' as never }), 'onDeny'],
    [() => patAuth(createApi().verifier, { peer: 'yes' as never }), 'peer'],
    [() => patAuth(createApi().verifier, { waitUntil: 'yes' as never }), 'waitUntil'],
  ])('%s is a TypeError when the middleware is built', (build, words) => {
    expect(build).toThrow(TypeError)
    expect(build).toThrow(words)
  })
})

describe('one request through several middlewares', () => {
  test('the same verifier decides once', async () => {
    const api = createApi({ cacheTtlSeconds: 0 })
    const request = bearing(api.issue())
    const check = patAuth(api.verifier)
    await Promise.all([check(request), check(request), patAuth(api.verifier, { optional: true })(request)])
    expect(api.asked).toHaveLength(1)
    expect(api.events).toHaveLength(1)
  })

  test('a request made of another has a decision of its own', async () => {
    const api = createApi()
    const request = bearing(api.issue())
    await patAuth(api.verifier)(request)
    const made = Object.assign(Object.create(request), bearing('garbage'))
    expect(await patAuth(api.verifier)(made)).toMatchObject({ denied: { reason: 'malformed_token' } })
  })

  test('another verifier decides anew, and guards follow the last', async () => {
    const first = createApi()
    const second = createApi()
    const request = bearing(first.issue())
    expect(await patAuth(first.verifier)(request)).toMatchObject({ ok: true })
    expect(await patAuth(second.verifier)(request)).toMatchObject({ denied: { reason: 'unknown_token' } })
    expect(await requireScope('drive:read')(request)).toMatchObject({ denied: { reason: 'unknown_token' } })
  })

  test('where credentials are optional, a request without them passes patAuth and no guard', async () => {
    const { verifier, events } = createApi()
    const request = { rawHeaders: [] }
    expect(await patAuth(verifier, { optional: true })(request)).toEqual({
      ok: true,
      headers: [],
      record: null,
      vary: 'Authorization',
    })
    expect(await requireScope('a')(request)).toMatchObject({ denied: { reason: 'missing_credential' } })
    expect(events.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['use', 'missing_credential'],
      ['refused', 'missing_credential'],
    ])
    expect(await patAuth(verifier, { optional: true })(bearing('bad'))).toMatchObject({ ok: false })
  })

  test('onDeny and peer go with the middleware', async () => {
    const api = createApi()
    const onDeny = () => {}
    const denied = await patAuth(api.verifier, { onDeny, peer: () => '198.51.100.9' })({ rawHeaders: [] })
    expect(denied).toMatchObject({ onDeny })
    expect(api.events[0]).toMatchObject({ clientIp: '198.51.100.9' })
  })
})

describe('defineScopes', () => {
  test('keeps names and labels', () => {
    const scopes = defineScopes({ 'drive:read': 'Read files', 'drive:write': 'Write files' })
    expect(scopes.names).toEqual(['drive:read', 'drive:write'])
    expect(scopes.labels['drive:read']).toBe('Read files')
  })

  test.each([{ 'drive read': 'Read' }, { '': 'Read' }, { 'drive:': 'Read' }, { 'a"b': 'Read' }, { drive: '' }])(
    'refuses %j',
    (labels) => expect(() => defineScopes(labels)).toThrow(TypeError),
  )
})

test('a copy of a request has its decision, a request derived from it has none', async () => {
  const api = createApi()
  const request = bearing(api.issue({ scopes: ['a:read'] }))
  await patAuth(api.verifier)(request)
  expect(await requireScope('a:read')({ ...request })).toMatchObject({ ok: true })
  await expect(requireScope('a:read')(Object.create(request))).rejects.toMatchObject({
    code: 'ERR_PAT_GUARD_WITHOUT_AUTH',
  })
})
