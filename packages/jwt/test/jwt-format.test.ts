import { createHash, createPrivateKey, sign as signBytes } from 'node:crypto'
import { digestToken, type TokenRecord } from '@patkit/core'
import { type JwtClaims, jwtFormat } from '@patkit/jwt'
import fc from 'fast-check'
import { exportJWK } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { createApi, pat, publicIssuer, reader, sharedIssuer } from './api.ts'
import { CLAIMS, ISSUER, keyPair, NOON, NOON_SECONDS, SHARED, sign, signText } from './issuer.ts'

describe('beside PATs', () => {
  test('both are let in by one verifier, guarded alike and on record alike', async () => {
    const api = createApi()
    const token = pat.mint()
    const common = { scopes: ['drive:read'], expiresAt: null, revokedAt: null, ipAllowlist: null }
    api.table.set(token.digest, { id: 'pat-1', digest: token.digest, userId: 'bob', ...common })
    for (const credential of [token.reveal(), await sign(SHARED, { scope: 'drive:read' })]) {
      const decision = await api.verifier.verify(credential, reader)
      for (const scope of ['drive:read', 'drive:write']) {
        const guarded = await api.verifier.authorize(decision, { kind: 'all', scopes: [scope] }, credential, reader)
        expect(guarded.ok).toBe(scope === 'drive:read')
      }
    }
    const seen = api.events.map(({ kind, outcome, tokenId, userId }) => [kind, outcome, tokenId, userId])
    expect(seen).toEqual([
      ['use', 'allowed', 'pat-1', 'bob'],
      ['refused', 'insufficient_scope', 'pat-1', 'bob'],
      ['use', 'allowed', 'jwt-1', 'ada'],
      ['refused', 'insufficient_scope', 'jwt-1', 'ada'],
    ])
  })

  test('a hit is decided synchronously', async () => {
    const api = createApi()
    const token = await sign(SHARED)
    await api.outcome(token)
    expect(api.verifier.verify(token, reader)).toMatchObject({ ok: true })
  })

  test('tokens of another shape are left to other formats', async () => {
    const format = jwtFormat({ issuers: [sharedIssuer()] })
    const token = await sign(SHARED)
    expect(format.accepts(token)).toBe(true)
    const others = [
      pat.mint().reveal(),
      'v2.public.payload',
      token.split('.').slice(0, 2).join('.'),
      `${token}.AA`,
      `${token}=`,
      `.${token}`,
      token.replace('.', '..'),
      `${token.slice(0, -1)}+`,
      '',
    ]
    for (const other of others) expect(format.accepts(other)).toBe(false)
  })

  test('a JWT that is too long is refused unread', async () => {
    const api = createApi([sharedIssuer()], { maxLength: 1_200 })
    expect(await api.outcome(await sign(SHARED, { pad: 'a'.repeat(400) }))).toBe('allowed')
    expect(await api.outcome(await sign(SHARED, { pad: 'a'.repeat(900) }))).toBe('malformed_credential')
  })

  test('its answer to a token that is not good is that to any other', async () => {
    const api = createApi()
    const challenges: string[] = []
    for (const token of [await sign(SHARED, { aud: 'x' }), await sign(SHARED, { exp: 1 }), pat.mint().reveal()]) {
      const decision = await api.verifier.verify(token, reader)
      if (!decision.ok) challenges.push(JSON.stringify(api.verifier.challenge(decision, null)))
    }
    expect(challenges).toHaveLength(3)
    expect(new Set(challenges).size).toBe(1)
  })
})

describe('the id', () => {
  test('is jti, or derived from the signed text', async () => {
    const api = createApi()
    const token = await sign(SHARED, { jti: undefined })
    const { id } = (await api.use(token)) as TokenRecord
    expect(id).toMatch(/^jwt_[0-9a-f]{32}$/)
    expect(digestToken(token)).not.toContain(id.slice(4))
    expect(await createApi().use(token)).toMatchObject({ id })
    expect(await api.use(await sign(SHARED, { jti: undefined, sub: 'bob' }))).not.toMatchObject({ id })
  })

  test('is one for every signature of the same claims', async () => {
    const pair = await keyPair('e', 'ES256')
    const api = createApi([publicIssuer(pair.publicJwk, ['ES256'])])
    const token = await sign(pair, { jti: undefined })
    const input = token.slice(0, token.lastIndexOf('.'))
    const key = createPrivateKey({ key: (await exportJWK(pair.privateKey)) as never, format: 'jwk' })
    const again = signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    const [one, two] = [await api.use(token), await api.use(`${input}.${again}`)] as [TokenRecord, TokenRecord]
    expect(one.digest).not.toBe(two.digest)
    expect(one.id).toBe(two.id)
  })
})

describe('the digest', () => {
  test('is the SHA-256 of the JWT, and shows nowhere', async () => {
    const api = createApi()
    const token = await sign(SHARED)
    const record = (await api.use(token)) as TokenRecord
    const digest = createHash('sha256').update(token).digest('hex')
    expect(record.digest).toBe(digest)
    expect(JSON.stringify([record, api.events])).not.toContain(digest)
    expect(await api.outcome(digest)).toBe('malformed_token')
  })

  test('is one for each token: a signature has one text (RFC 4648 §3.5)', async () => {
    const api = createApi()
    const token = await sign(SHARED)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(token.slice(-1))
    for (const low of [1, 2, 3]) {
      expect(await api.outcome(token.slice(0, -1) + alphabet[last ^ low])).toBe('malformed_token')
    }
    expect(await api.outcome(token)).toBe('allowed')
  })

  test('no token with a character changed, added or taken away is let in', async () => {
    const api = createApi()
    const token = await sign(SHARED)
    const character = fc.constantFrom(...'ABab01-_.~+/=')
    const index = fc.nat(token.length - 1)
    const mutation = fc.oneof(
      fc.tuple(index, character).map(([at, to]) => token.slice(0, at) + to + token.slice(at + 1)),
      fc.tuple(index, character).map(([at, to]) => token.slice(0, at) + to + token.slice(at)),
      index.map((at) => token.slice(0, at) + token.slice(at + 1)),
      fc.tuple(index, index).map(([from, to]) => token.slice(0, from) + token.slice(to)),
    )
    const changed = mutation.filter((mutant) => mutant !== token)
    const refused = fc.asyncProperty(changed, async (mutant) => {
      expect(await api.outcome(mutant)).not.toBe('allowed')
    })
    await fc.assert(refused, { numRuns: 500 })
    expect(api.faults).toEqual([])
  })

  test('no bit of any byte of a JWT can be flipped', async () => {
    const pair = await keyPair('e', 'ES256')
    const api = createApi([publicIssuer(pair.publicJwk, ['ES256'])])
    const parts = (await sign(pair)).split('.').map((part) => Buffer.from(part, 'base64url'))
    const part = fc.nat(2)
    await fc.assert(
      fc.asyncProperty(part, fc.nat(), fc.nat(7), async (which, at, bit) => {
        const changed = parts.map((bytes) => Buffer.from(bytes))
        const bytes = changed[which] as Buffer
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit)
        expect(await api.outcome(changed.map((one) => one.toString('base64url')).join('.'))).not.toBe('allowed')
      }),
      { numRuns: 300 },
    )
  })
})

describe('record', () => {
  test('says what the claims mean', async () => {
    const issuer = sharedIssuer({
      record: ({ org_id, roles }) => ({ userId: null, organizationId: org_id as string, scopes: roles as string[] }),
    })
    const record = await createApi([issuer]).use(await sign(SHARED, { org_id: 'acme', roles: ['files:all'] }))
    expect(record).toMatchObject({ userId: null, principalId: 'ada', organizationId: 'acme', scopes: ['files:all'] })
  })

  test('gets claims without a prototype, frozen, and without __proto__', async () => {
    const heard: object[] = []
    const record = (claims: JwtClaims) => {
      heard.push(claims)
      return {}
    }
    const issuer = sharedIssuer({ record })
    const payload = JSON.stringify(CLAIMS).replace('{', '{"__proto__":{"admin":true},"constructor":1,')
    expect(await createApi([issuer]).outcome(await signText(payload))).toBe('allowed')
    const [claims] = heard as [Record<string, unknown>]
    expect(Object.getPrototypeOf(claims)).toBeNull()
    expect(Object.isFrozen(claims)).toBe(true)
    expect(Object.keys(claims)).not.toContain('__proto__')
    expect(Object.assign({}, claims)).not.toHaveProperty('admin')
    expect(claims).toMatchObject({ constructor: 1 })
  })

  test.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('no organization')
      },
    ],
    ['gives nothing', () => undefined as never],
    ['gives null', () => null as never],
    ['gives a list', () => [] as never],
    ['gives text', () => 'ada' as never],
    ['gives a digest', () => ({ digest: 'd' }) as never],
    ['gives an end', () => ({ expiresAt: null }) as never],
    ['gives no user', () => ({ userId: undefined }) as never],
    ['gives an empty id', () => ({ id: '' }) as never],
    ['returns invalid scopes', () => ({ scopes: null }) as never],
    ['returns an undefined ceiling', () => ({ ceiling: undefined }) as never],
  ])('that %s is a fault, and refuses the token', async (_, record) => {
    const api = createApi([sharedIssuer({ record })])
    expect(await api.outcome(await sign(SHARED))).toBe('unavailable')
    expect(api.faults).toHaveLength(1)
    expect(['ERR_PAT_FORMAT_FAILED', 'ERR_PAT_RECORD_INVALID']).toContain(api.faults[0]?.code)
  })
})

describe('resolve', () => {
  test('returns the current state: an owner who loses a permission loses it in the JWT, too', async () => {
    let ceiling = ['drive:read', 'drive:write']
    const api = createApi([sharedIssuer({ resolve: async () => ({ ceiling }) })])
    const token = await sign(SHARED)
    const may = async () => {
      const decision = await api.verifier.verify(token, reader)
      return (await api.verifier.authorize(decision, { kind: 'all', scopes: ['drive:write'] }, token, reader)).ok
    }
    expect(await may()).toBe(true)
    ceiling = ['drive:read']
    expect(await may()).toBe(true)
    await api.verifier.invalidate({ kind: 'principal', id: 'ada' })
    expect(await may()).toBe(false)
  })

  test.each<[string, unknown, string]>([
    ['null', null, 'unknown_token'],
    ['nothing', undefined, 'unknown_token'],
    ['a disabled owner', { disabled: 'principal' }, 'principal_disabled'],
    ['a disabled user', { disabled: 'user' }, 'user_disabled'],
    ['a revocation', { revokedAt: new Date(NOON) }, 'revoked'],
    ['an allowlist', { ipAllowlist: ['203.0.113.0/24'] }, 'ip_denied'],
    ['a text', 'ada', 'unavailable'],
    ['half a record', { disabled: undefined }, 'unavailable'],
  ])('that finds %s', async (_, answer, outcome) => {
    const api = createApi([sharedIssuer({ resolve: () => answer as never })])
    expect(await api.outcome(await sign(SHARED))).toBe(outcome)
  })

  test('that throws is an outage, reported and not remembered', async () => {
    const resolve = vi.fn(async () => ({}))
    resolve.mockRejectedValueOnce(new Error('database away'))
    const api = createApi([sharedIssuer({ resolve })])
    const token = await sign(SHARED)
    expect(await api.outcome(token)).toBe('unavailable')
    expect(api.faults).toMatchObject([{ code: 'ERR_PAT_FORMAT_FAILED', cause: new Error('database away') }])
    expect(await api.outcome(token)).toBe('allowed')
  })

  test('is asked once for all who come at the same time, with claims and a signal', async () => {
    const resolve = vi.fn(async () => ({}))
    const api = createApi([sharedIssuer({ resolve })])
    const token = await sign(SHARED)
    await Promise.all([1, 2, 3].map(() => api.outcome(token)))
    expect(resolve).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ sub: 'ada' }), {
      signal: expect.any(AbortSignal),
    })
  })

  test('is not called for a forged or expired token', async () => {
    const resolve = vi.fn(() => ({}))
    const api = createApi([sharedIssuer({ resolve })])
    await api.outcome(`${(await sign(SHARED)).slice(0, -4)}AAAA`)
    expect(await api.outcome(await sign(SHARED, { exp: NOON_SECONDS }))).toBe('expired')
    expect(resolve).not.toHaveBeenCalled()
  })

  test('has the last word over record', async () => {
    const issuer = sharedIssuer({ record: () => ({ scopes: ['a'] }), resolve: () => ({ scopes: ['b'] }) })
    expect(await createApi([issuer]).use(await sign(SHARED))).toMatchObject({ scopes: ['b'] })
  })
})

describe('revocation', () => {
  test.each([
    ['its id', { kind: 'token', id: 'jwt-1', minVersion: null }],
    ['its version', { kind: 'token', id: 'jwt-1', minVersion: 2 }],
    ['its owner', { kind: 'principal', id: 'ada' }],
    ['its organization', { kind: 'organization', id: 'acme' }],
    ['all', { kind: 'all' }],
  ] as const)('by %s counts at the next request', async (_, what) => {
    let revokedAt: Date | null = null
    let version = 1
    const resolve = () => ({ revokedAt, version, organizationId: 'acme' })
    const api = createApi([sharedIssuer({ resolve })])
    const token = await sign(SHARED)
    expect(await api.outcome(token)).toBe('allowed')
    revokedAt = new Date(NOON)
    version = 2
    expect(await api.outcome(token)).toBe('allowed')
    await api.verifier.invalidate(what)
    expect(await api.outcome(token)).toBe('revoked')
  })

  test('without a word counts when the time to live is over', async () => {
    let known = true
    const api = createApi([sharedIssuer({ issuer: ISSUER, resolve: () => (known ? {} : null) })])
    const token = await sign(SHARED)
    expect(await api.outcome(token)).toBe('allowed')
    known = false
    api.time.now = NOON + 60_000
    expect(await api.outcome(token)).toBe('unknown_token')
  })
})
