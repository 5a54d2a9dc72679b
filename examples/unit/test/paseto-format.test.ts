import { digestToken } from '@patkit/core'
import type { MintingFormat } from '@patkit/core/adapter'
import { PublicProtocol } from 'paseto'
import { GenerateKeyPairFactory, SignFactory } from 'paseto/v4/public'
import { beforeAll, expect, test } from 'vitest'
import { newSigningKey, pasetoFormat } from '../src/paseto-format.ts'
import { scopes } from '../src/scopes.ts'
import { bearing, createHarness } from './harness.ts'

const TOKEN = { id: '19', scopes: ['customers'], expiresAt: new Date('2022-07-01T13:47:17.000Z') }

let format: MintingFormat

beforeAll(async () => {
  format = await pasetoFormat(await newSigningKey())
})

test('two tokens that say the same are two, and neither shows itself', async () => {
  const [one, other] = await Promise.all([format.mint(TOKEN), format.mint(TOKEN)])
  expect(one.reveal()).not.toBe(other.reveal())
  expect(one.digest).toBe(digestToken(one.reveal()))
  expect(`${one} ${JSON.stringify(one)}`).toBe(`${one.hint} "${one.hint}"`)
  expect(one.hint).toMatch(/^v2\.public\.….{4}$/)
})

test('a token with every scope, and one without an end, are within the format', async () => {
  const token = (await format.mint({ id: '9'.repeat(20), scopes: scopes.names, expiresAt: null })).reveal()
  expect(token.length).toBeLessThan(format.maxLength / 2)
  expect(await format.check(token)).toBe(true)
})

test('every changed character is noticed', async () => {
  const token = (await format.mint(TOKEN)).reveal()
  const start = 'v2.public.'.length
  // Some bits of the last character are not read: a token that differs in them has another digest.
  const places = Array.from({ length: token.length - start - 1 }, (_, index) => start + index)
  const changed = places.map((at) => `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`)
  const passed = await Promise.all(changed.map((text) => format.check(text)))
  expect(passed.filter((genuine) => genuine !== false)).toEqual([])
})

test('keys are distinguished, and other texts are refused', async () => {
  const other = await pasetoFormat(await newSigningKey())
  expect(await format.check((await other.mint(TOKEN)).reveal())).toBe(false)
  await expect(pasetoFormat('k2.secret.x')).rejects.toThrow()
})

test.each(['v2.public.', 'v2.public.AAAA', 'v2.public.A.A', 'v2.public.=', `v2.public.${'A'.repeat(200)}`])(
  '%s is refused, and no fault',
  async (text) => {
    expect(await format.check(text)).toBe(false)
  },
)

test('over HTTP: 401 for each of them, and only tokens signed with the key are looked up', async () => {
  await using harness = await createHarness()
  const { token } = await harness.issue('customers')
  const other = await pasetoFormat(await newSigningKey())
  const v4 = new PublicProtocol(GenerateKeyPairFactory, SignFactory)
  const { secretKey } = await v4.GenerateKeyPair()
  const presented = {
    good: token,
    changed: `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`,
    'of another key': (await other.mint(TOKEN)).reveal(),
    'of another version': await v4.Sign(secretKey, { jti: '2' }),
    'of another purpose': token.replace('.public.', '.local.'),
    'with a footer': `${token}.AAAA`,
    unknown: (await harness.format.mint(TOKEN)).reveal(),
  }
  const outcomes: (readonly [string, number])[] = []
  for (const [name, text] of Object.entries(presented)) {
    const { status } = await harness.send({ method: 'GET', path: '/customers', ...bearing(text) })
    outcomes.push([name, status])
  }
  expect(outcomes).toEqual(Object.keys(presented).map((name) => [name, name === 'good' ? 200 : 401]))
  const reasons = await harness.reasons()
  expect(reasons).toEqual({ malformed_token: 5, unknown_token: 1 })
})
