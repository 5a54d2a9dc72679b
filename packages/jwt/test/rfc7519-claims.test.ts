import { describe, expect, test } from 'vitest'
import { createApi, sharedIssuer } from './api.ts'
import { CLAIMS, NOON, NOON_SECONDS, SHARED, sign, signText } from './issuer.ts'

const without = (claim: string) => ({ [claim]: undefined })

test('a token as RFC 9068 has it is let in with the record its claims say', async () => {
  const { use } = createApi()
  expect(await use(await sign(SHARED))).toEqual({
    id: 'jwt-1',
    scopes: ['drive:read', 'drive:write'],
    userId: 'ada',
    principalId: 'ada',
    expiresAt: new Date(NOON + 300_000),
    revokedAt: null,
    ipAllowlist: null,
  })
})

describe('claims that are missing or wrong', () => {
  test.each<[string, Record<string, unknown>]>([
    ['no iss', without('iss')],
    ['another iss', { iss: 'https://other.example/' }],
    ['an iss that differs by a slash (RFC 8725 §3.8)', { iss: 'https://idp.example' }],
    ['an iss that is no string', { iss: ['https://idp.example/'] }],
    ['no aud', without('aud')],
    ['another aud', { aud: 'other' }],
    ['an aud in another case', { aud: 'API' }],
    ['a list of other auds', { aud: ['other', 'apis'] }],
    ['an aud that is no string', { aud: { api: true } }],
    ['an empty list of auds', { aud: [] }],
    ['no exp', without('exp')],
    ['exp null', { exp: null }],
    ['exp as text', { exp: String(NOON_SECONDS + 300) }],
    ['exp beyond every date', { exp: 1e300 }],
    ['no sub', without('sub')],
    ['an empty sub', { sub: '' }],
    ['a sub that is no string', { sub: 7 }],
    ['a sub that a terminal obeys', { sub: 'ada\u001b[2J' }],
    ['a sub that reads backwards', { sub: 'ada\u202e' }],
    ['a sub of 256 characters', { sub: 'a'.repeat(256) }],
    ['a sub of 128 characters that are two code units each', { sub: '𝒳'.repeat(128) }],
    ['a sub with a space before it', { sub: ' ada' }],
    ['a sub with a space behind it', { sub: 'ada ' }],
    ['a sub with a no-break space behind it', { sub: 'ada\u00a0' }],
    ['a jti with a space behind it', { jti: 'jwt-1 ' }],
    ['a jti of 256 characters', { jti: 'a'.repeat(256) }],
    ['nbf in the future', { nbf: NOON_SECONDS + 1 }],
    ['nbf as text', { nbf: String(NOON_SECONDS) }],
    ['nbf null', { nbf: null }],
    ['iat in the future', { iat: NOON_SECONDS + 1 }],
    ['iat as text', { iat: 'today' }],
    ['iat null', { iat: null }],
    ['jti that is no string', { jti: 7 }],
    ['an empty jti', { jti: '' }],
    ['jti null', { jti: null }],
    ['jti that a log viewer obeys', { jti: 'a\nb' }],
    ['cnf: bound to a key (RFC 9449 §7.2)', { cnf: { jkt: 'x' } }],
    ['cnf that is empty', { cnf: {} }],
    ['cnf null', { cnf: null }],
  ])('%s', async (_, claims) => {
    const api = createApi()
    expect(await api.outcome(await sign(SHARED, claims))).toBe('malformed_token')
    expect(api.faults).toEqual([])
    expect(api.events).toMatchObject([{ kind: 'use', outcome: 'malformed_token', tokenId: null }])
  })

  test.each([
    ['exp', '1e400'],
    ['nbf', '-1e400'],
    ['iat', '-1e400'],
  ])('%s that is not finite', async (claim, value) => {
    const payload = JSON.stringify({ ...CLAIMS, [claim]: 0 }).replace(`"${claim}":0`, `"${claim}":${value}`)
    expect(await createApi().outcome(await signText(payload))).toBe('malformed_token')
    expect(await createApi().outcome(await signText(JSON.stringify(CLAIMS)))).toBe('allowed')
  })

  test.each(['[]', '"text"', 'null', '{', ''])('a payload that is no object: %s', async (payload) => {
    expect(await createApi().outcome(await signText(payload))).toBe('malformed_token')
  })
})

test.each<[string, Record<string, unknown>]>([
  ['a list of auds with ours in it', { aud: ['other', 'api'] }],
  ['nbf now', { nbf: NOON_SECONDS }],
  ['iat now', { iat: NOON_SECONDS }],
  ['no iat', without('iat')],
  ['no nbf', without('nbf')],
  ['a sub with a space in it', { sub: 'Ada Lovelace' }],
  ['a sub of one character', { sub: 'a' }],
  ['a sub of 255 characters', { sub: 'a'.repeat(255) }],
  ['a sub of 127 characters that are two code units each', { sub: '𝒳'.repeat(127) }],
])('%s is fine', async (_, claims) => {
  expect(await createApi().outcome(await sign(SHARED, claims))).toBe('allowed')
})

test('any of several audiences will do', async () => {
  const { outcome } = createApi([sharedIssuer({ audience: ['api', 'files'] })])
  expect(await outcome(await sign(SHARED, { aud: 'files' }))).toBe('allowed')
  expect(await outcome(await sign(SHARED, { aud: 'other' }))).toBe('malformed_token')
})

describe('the end of a life', () => {
  test('is the instant of exp (RFC 7519 §4.1.4), fresh and from memory', async () => {
    const api = createApi()
    const token = await sign(SHARED, { exp: NOON_SECONDS + 10 })
    api.time.now = NOON + 9_999
    expect(await api.outcome(token)).toBe('allowed')
    api.time.now = NOON + 10_000
    expect(await api.outcome(token)).toBe('expired')
    expect(await createApi().outcome(await sign(SHARED, { exp: NOON_SECONDS }))).toBe('expired')
  })

  test('is on record with the id of the token', async () => {
    const api = createApi()
    await api.outcome(await sign(SHARED, { exp: NOON_SECONDS - 1 }))
    expect(api.events).toMatchObject([{ outcome: 'expired', tokenId: 'jwt-1', userId: 'ada' }])
  })

  test('counts parts of a second', async () => {
    const api = createApi()
    const token = await sign(SHARED, { exp: NOON_SECONDS + 0.5 })
    api.time.now = NOON + 499
    expect(await api.outcome(token)).toBe('allowed')
    api.time.now = NOON + 500
    expect(await api.outcome(token)).toBe('expired')
  })

  test('hides nothing else that is wrong: an expired token for another API is no token', async () => {
    const claims = { exp: NOON_SECONDS - 1, cnf: {} }
    expect(await createApi().outcome(await sign(SHARED, claims))).toBe('malformed_token')
    expect(await createApi().outcome(await sign(SHARED, { exp: NOON_SECONDS - 1, aud: 'other' }))).toBe(
      'malformed_token',
    )
  })

  test('a clock that returns no number refuses all tokens', async () => {
    const api = createApi()
    api.time.now = Number.NaN
    expect(await api.outcome(await sign(SHARED))).toBe('unavailable')
  })
})

describe('clock tolerance', () => {
  const tolerant = () => createApi([sharedIssuer()], { clockToleranceSeconds: 5 })

  test('moves the end and the beginning', async () => {
    const api = tolerant()
    const token = await sign(SHARED, { exp: NOON_SECONDS + 10 })
    api.time.now = NOON + 14_999
    expect(await api.use(token)).toMatchObject({ expiresAt: new Date(NOON + 15_000) })
    api.time.now = NOON + 15_000
    expect(await api.outcome(token)).toBe('expired')
  })

  test.each(['nbf', 'iat'])('allows %s to be ahead, and no more', async (claim) => {
    expect(await tolerant().outcome(await sign(SHARED, { [claim]: NOON_SECONDS + 5 }))).toBe('allowed')
    expect(await tolerant().outcome(await sign(SHARED, { [claim]: NOON_SECONDS + 6 }))).toBe('malformed_token')
  })
})

test('a token that is not valid yet works as soon as it is', async () => {
  const api = createApi()
  const token = await sign(SHARED, { nbf: NOON_SECONDS + 1 })
  expect(await api.outcome(token)).toBe('malformed_token')
  api.time.now = NOON + 1_000
  expect(await api.outcome(token)).toBe('allowed')
})

describe('scopes', () => {
  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['scope', { scope: 'a b:c' }, ['a', 'b:c']],
    ['an empty scope', { scope: '' }, []],
    ['none', { scope: undefined }, []],
    ['scp as a list', { scope: undefined, scp: ['a', 'b'] }, ['a', 'b']],
    ['scp as text', { scope: undefined, scp: 'a b' }, ['a', 'b']],
    ['an empty list', { scope: undefined, scp: [] }, []],
    ['scope before scp', { scope: 'a', scp: ['a', 'b'] }, ['a']],
    ['an empty scope before scp', { scope: '', scp: ['b'] }, []],
  ])('%s', async (_, claims, scopes) => {
    expect(await createApi().use(await sign(SHARED, claims))).toMatchObject({ scopes })
  })

  test.each<[string, unknown, unknown]>([
    ['two spaces', 'a  b', undefined],
    ['a space before', ' a', undefined],
    ['a tab', 'a\tb', undefined],
    ['a quote', 'a"b', undefined],
    ['an empty segment', 'a::b', undefined],
    ['scope as a list', ['a'], undefined],
    ['scope null beside scp', null, ['a']],
    ['a number', 7, undefined],
    ['an object', { a: true }, undefined],
    ['scp with a number', undefined, ['a', 7]],
    ['scp with two names in one', undefined, ['a b']],
    ['scp with lists', undefined, [['a']]],
    ['scp null', undefined, null],
    ['scp as an object', undefined, { 0: 'a', length: 1 }],
  ])('that cannot be read make no token: %s', async (_, scope, scp) => {
    expect(await createApi().outcome(await sign(SHARED, { scope, scp }))).toBe('malformed_token')
  })
})

describe('typ (RFC 8725 §3.11, RFC 9068 §4)', () => {
  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'application/AT+jwt'])('%s is an access token', async (typ) => {
    expect(await createApi().outcome(await sign(SHARED, {}, { typ }))).toBe('allowed')
  })

  test.each([undefined, null, 'JWT', 'id+jwt', 'secevent+jwt', '', 7])('%j is refused', async (typ) => {
    expect(await createApi().outcome(await sign(SHARED, {}, { typ }))).toBe('malformed_token')
  })

  test('is what the profile of the issuer says', async () => {
    const api = createApi([sharedIssuer({ typ: 'JWT' })])
    expect(await api.outcome(await sign(SHARED, {}, { typ: 'JWT' }))).toBe('allowed')
    expect(await api.outcome(await sign(SHARED, {}, { typ: 'at+jwt' }))).toBe('malformed_token')
    expect(await api.outcome(await sign(SHARED, {}, { typ: undefined }))).toBe('malformed_token')
  })
})

test('unknown critical headers are refused (RFC 7515 §4.1.11)', async () => {
  const header = { alg: 'HS256', typ: 'at+jwt', crit: ['x'], x: 1 }
  expect(await createApi().outcome(await signText(JSON.stringify(CLAIMS), header))).toBe('malformed_token')
  const unencoded = { alg: 'HS256', typ: 'at+jwt', crit: ['b64'], b64: false }
  expect(await createApi().outcome(await signText(JSON.stringify(CLAIMS), unencoded))).toBe('malformed_token')
})
