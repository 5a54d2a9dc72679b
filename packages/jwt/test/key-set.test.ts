import type { JwtFormatOptions, JwtIssuer } from '@patkit/jwt'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi, pat } from './api.ts'
import { ISSUER, type KeyPair, type KeyServer, keyPair, keyServer, NOON, sign } from './issuer.ts'

let first: KeyPair
let second: KeyPair
let server: KeyServer
beforeAll(async () => {
  first = await keyPair('k1', 'ES256')
  second = await keyPair('k2', 'ES256')
})
beforeEach(async () => {
  server = await keyServer(first)
})
afterEach(() => server[Symbol.asyncDispose]())

const publishing = (rules: Partial<JwtIssuer> = {}) =>
  ({ issuer: ISSUER, audience: 'api', algorithms: ['ES256'], jwks: server.url, ...rules }) as JwtIssuer
const createPublishedApi = (options: Partial<JwtFormatOptions> = {}, switches = {}) =>
  createApi([publishing()], options, switches)
const codes = ({ faults }: ReturnType<typeof createApi>) => faults.map(({ code }) => code)

describe('keys that an issuer publishes', () => {
  test('are fetched once, when they are first needed', async () => {
    const api = createPublishedApi()
    expect(server.fetches).toBe(0)
    const tokens = await Promise.all([1, 2, 3].map((n) => sign(first, { jti: `${n}` })))
    expect(await Promise.all(tokens.map(api.outcome))).toEqual(['allowed', 'allowed', 'allowed'])
    expect(server.fetches).toBe(1)
  })

  test('are not fetched for an issuer, algorithm or shape that is not allowed', async () => {
    const api = createPublishedApi()
    const rsa = await keyPair('k1', 'PS256')
    expect(await api.outcome(await sign(first, { iss: 'https://other.example/' }))).toBe('malformed_token')
    expect(await api.outcome(await sign(rsa))).toBe('malformed_token')
    expect(await api.outcome('eyJ9.e30.AA')).toBe('malformed_token')
    expect(server.fetches).toBe(0)
  })

  test('belong to their issuer alone', async () => {
    await using other = await keyServer(second)
    const api = createApi([publishing(), publishing({ issuer: 'https://b.example/', jwks: other.url } as never)])
    expect(await api.outcome(await sign(second, { iss: 'https://b.example/' }))).toBe('allowed')
    expect(await api.outcome(await sign({ ...second, kid: 'k1' }))).toBe('malformed_token')
    expect(await api.outcome(await sign(first, { iss: 'https://b.example/' }))).toBe('malformed_token')
  })

  test('without kid, each key of the algorithm is tried', async () => {
    server.publish(first, second)
    const api = createPublishedApi()
    for (const pair of [first, second]) {
      expect(await api.outcome(await sign(pair, { jti: pair.kid }, { kid: undefined }))).toBe('allowed')
    }
    const stranger = await keyPair('k3', 'ES256')
    expect(await api.outcome(await sign(stranger, {}, { kid: undefined }))).toBe('malformed_token')
    expect(await api.outcome(await sign(first, { aud: 'other' }, { kid: undefined }))).toBe('malformed_token')
    expect(api.faults).toEqual([])
  })

  test('and an empty set verifies no token', async () => {
    server.publish()
    expect(await createPublishedApi().outcome(await sign(first))).toBe('malformed_token')
  })
})

describe('rotation', () => {
  test('a key that is not known yet is fetched, a cooldown after the last fetch', async () => {
    const api = createPublishedApi({ keysCooldownSeconds: 30 })
    await api.outcome(await sign(first))
    server.publish(first, second)
    api.time.now = NOON + 29_999
    expect(await api.outcome(await sign(second))).toBe('malformed_token')
    expect(server.fetches).toBe(1)
    api.time.now = NOON + 30_000
    expect(await api.outcome(await sign(second))).toBe('allowed')
    expect(await api.outcome(await sign(first))).toBe('allowed')
    expect(server.fetches).toBe(2)
  })

  test('a key that was withdrawn is refused once the set is too old', async () => {
    const api = createPublishedApi({ keysMaxAgeSeconds: 60 }, { cacheTtlSeconds: 0 })
    const token = await sign(first)
    expect(await api.outcome(token)).toBe('allowed')
    server.publish(second)
    api.time.now = NOON + 59_999
    expect(await api.outcome(token)).toBe('allowed')
    api.time.now = NOON + 60_000
    expect(await api.outcome(token)).toBe('malformed_token')
    expect(server.fetches).toBe(2)
  })

  test('a clock that has stepped back makes keys old', async () => {
    const api = createPublishedApi()
    await api.outcome(await sign(first))
    api.time.now = NOON - 1_000
    await api.outcome(await sign(first, { jti: '2', iat: undefined }))
    expect(server.fetches).toBe(2)
  })
})

describe('an attacker who makes up key ids', () => {
  const made = (n: number) => sign(first, { jti: `${n}` }, { kid: `made-up-${n}` })

  test('causes one fetch in a cooldown and gets 401, nothing else', async () => {
    const api = createPublishedApi()
    await api.outcome(await sign(first))
    api.time.now = NOON + 30_000
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, n) => made(n)))
    for (const outcome of await Promise.all(tokens.map(api.outcome))) expect(outcome).toBe('malformed_token')
    for (const token of tokens) expect(await api.outcome(token)).toBe('malformed_token')
    expect(server.fetches).toBe(2)
    expect(api.faults).toEqual([])
  })

  test('answers 401 if no keys had been fetched before', async () => {
    const api = createPublishedApi()
    expect(await api.outcome(await made(1))).toBe('malformed_token')
    expect(server.fetches).toBe(1)
  })

  test('delays no token whose key is known, and takes no lookups from others, while a fetch hangs', async () => {
    const api = createPublishedApi({}, { maxPendingLookups: 300 })
    await api.outcome(await sign(first))
    api.time.now = NOON + 30_000
    server.behave('hangs')
    const tokens = await Promise.all(Array.from({ length: 400 }, (_, n) => made(n)))
    const outcomes = tokens.map(api.outcome)
    await vi.waitUntil(() => server.fetches === 2 && api.faults.length > 0)
    expect(await api.outcome(await sign(first, { jti: 'known' }))).toBe('allowed')
    expect(await api.outcome(pat.mint().reveal())).toBe('unknown_token')
    server.release()
    const counts = countOf(await Promise.all(outcomes))
    expect(counts).toEqual({ malformed_token: 250, unavailable: 150 })
    expect(server.fetches).toBe(2)
  })

  test('cannot make the API ask an issuer that is away more than once a second, nor fill a log', async () => {
    const api = createPublishedApi()
    await api.outcome(await sign(first))
    api.time.now = NOON + 30_000
    server.behave('fails')
    for (let n = 0; n < 20; n++) expect(await api.outcome(await made(n))).toBe('unavailable')
    expect(server.fetches).toBe(2)
    expect(api.faults).toHaveLength(1)
    expect(await api.outcome(await sign(first, { jti: 'known' }))).toBe('allowed')
    api.time.now = NOON + 31_000
    expect(await api.outcome(await made(21))).toBe('unavailable')
    expect(server.fetches).toBe(3)
    expect(api.faults).toHaveLength(2)
  })
})

describe('an issuer that cannot be asked is an outage', () => {
  test.each(['fails', 'redirects', 'nonsense'] as const)(
    'that %s: 503, reported, and not remembered',
    async (behaviour) => {
      const api = createPublishedApi()
      server.behave(behaviour)
      const token = await sign(first)
      expect(await api.outcome(token)).toBe('unavailable')
      expect(codes(api)).toEqual(['ERR_PAT_FORMAT_FAILED'])
      expect(api.faults[0]?.message).toBe(`jwtFormat: keys of issuer "${ISSUER}" could not be fetched`)
      server.behave('answers')
      api.time.now = NOON + 1_000
      expect(await api.outcome(token)).toBe('allowed')
    },
  )

  test('that has stopped', async () => {
    const api = createPublishedApi()
    await server.stop()
    const token = await sign(first)
    expect(await api.outcome(token)).toBe('unavailable')
    await server.start()
    api.time.now = NOON + 1_000
    expect(await api.outcome(token)).toBe('allowed')
    expect(codes(api)).toEqual(['ERR_PAT_FORMAT_FAILED'])
  })

  test('that answers too late', async () => {
    const api = createPublishedApi({ keysTimeoutMs: 20 })
    server.behave('hangs')
    expect(await api.outcome(await sign(first))).toBe('unavailable')
    expect(codes(api)).toEqual(['ERR_PAT_FORMAT_FAILED'])
    expect(api.faults[0]?.cause).toMatchObject({ code: 'ERR_JWKS_TIMEOUT' })
  })

  test('once its keys are too old', async () => {
    const api = createPublishedApi({ keysMaxAgeSeconds: 60 })
    await api.outcome(await sign(first))
    await server.stop()
    api.time.now = NOON + 60_000
    expect(await api.outcome(await sign(first, { jti: '2' }))).toBe('unavailable')
    await server.start()
  })

  test('for its own tokens alone', async () => {
    await using other = await keyServer(second)
    const api = createApi([publishing(), publishing({ issuer: 'https://b.example/', jwks: other.url } as never)])
    server.behave('fails')
    expect(await api.outcome(await sign(first))).toBe('unavailable')
    expect(await api.outcome(await sign(second, { iss: 'https://b.example/' }))).toBe('allowed')
    expect(await api.outcome(pat.mint().reveal())).toBe('unknown_token')
  })

  test('and its faults hold no token', async () => {
    const api = createPublishedApi()
    server.behave('fails')
    const token = await sign(first)
    await api.outcome(token)
    const [head, payload, signature] = token.split('.') as [string, string, string]
    const { inspect } = await import('node:util')
    const output = inspect(api.faults, { depth: 10, showHidden: true }) + JSON.stringify(api.events)
    for (const part of [head, payload, signature]) expect(output).not.toContain(part)
  })
})

function countOf(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
