import { createHook } from 'node:async_hooks'
import { type JwtFormatOptions, jwtFormat } from '@patkit/jwt'
import { expect, test } from 'vitest'
import { sharedIssuer } from './api.ts'

const TENANT = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
const issuers = [sharedIssuer()]
const { key: _, ...keyless } = sharedIssuer({ algorithms: ['RS256'] } as never)

const ofIssuer = (rules: object) => ({ issuers: [{ ...sharedIssuer(), ...rules }] })
const publishing = (jwks: unknown) => ({ issuers: [{ ...keyless, jwks }] })

test.each<[string, object]>([
  ['issuers', {}],
  ['issuers', { issuers: [] }],
  ['issuers', { issuers: sharedIssuer() }],
  ['issuers[0].issuer', { issuers: [null] }],
  ['issuers[0].issuer', ofIssuer({ issuer: '' })],
  ['issuers[0].issuer', ofIssuer({ issuer: 7 })],
  ['issuers[1].issuer', { issuers: [sharedIssuer(), sharedIssuer()] }],
  ['issuers[0].audience', ofIssuer({ audience: undefined })],
  ['issuers[0].audience', ofIssuer({ audience: [] })],
  ['issuers[0].audience', ofIssuer({ audience: ['api', ''] })],
  ['issuers[0].algorithms', ofIssuer({ algorithms: 'HS256' })],
  ['issuers[0].algorithms', ofIssuer({ algorithms: undefined })],
  ['issuers[0].typ', ofIssuer({ typ: '' })],
  ['issuers[0].typ', ofIssuer({ typ: [] })],
  ['issuers[0].typ', ofIssuer({ typ: ['JWT', 7] })],
  ['issuers[0].typ', ofIssuer({ typ: 'at jwt' })],
  ['issuers[0].audienceClaim', ofIssuer({ audienceClaim: '' })],
  ['issuers[0].subjectClaims', ofIssuer({ subjectClaims: [] })],
  ['issuers[0].subjectClaims', ofIssuer({ subjectClaims: ['sub', null] })],
  ['issuers[0].scopeClaims', ofIssuer({ scopeClaims: [] })],
  ['issuers[0].organizationClaim', ofIssuer({ organizationClaim: 7 })],
  ['issuers[0].isAccessToken', ofIssuer({ isAccessToken: true })],
  ['issuers[0].isClient', ofIssuer({ isClient: 'azp' })],
  ['issuers[0].allowHttpJwks', ofIssuer({ allowHttpJwks: 'yes' })],
  ['issuers[0].issuer', ofIssuer({ tenants: [TENANT] })],
  ['issuers[0].issuer', ofIssuer({ anyTenant: true })],
  ['issuers[0].tenants', ofIssuer({ issuer: 'https://idp.example/{tid}/' })],
  ['issuers[0].tenants', ofIssuer({ issuer: 'https://idp.example/{tid}/', tenants: [TENANT], anyTenant: true })],
  ['issuers[0].tenants', ofIssuer({ issuer: 'https://idp.example/{tid}/', tenants: [] })],
  ['issuers[0].tenants', ofIssuer({ issuer: 'https://idp.example/{tid}/', tenants: ['contoso.com'] })],
  ['issuers[0].tenants', ofIssuer({ issuer: 'https://idp.example/{tid}/', tenants: [TENANT.toUpperCase()] })],
  ['issuers[0].anyTenant', ofIssuer({ issuer: 'https://idp.example/{tid}/', anyTenant: 'yes' })],
  ['issuers[0].record', ofIssuer({ record: {} })],
  ['issuers[0].resolve', ofIssuer({ resolve: true })],
  ['issuers[0].jwks', ofIssuer({ key: undefined })],
  ['issuers[0].jwks', ofIssuer({ jwks: 'https://idp.example/jwks' })],
  ['issuers[0].jwks', publishing('/jwks')],
  ['issuers[0].jwks', publishing(7)],
  ['issuers[0].jwks', publishing('http://idp.example/jwks')],
  ['issuers[0].jwks', publishing('http://localhost.example/jwks')],
  ['issuers[0].jwks', publishing('ftp://idp.example/jwks')],
  ['issuers[0].jwks', publishing('https://user:secret@idp.example/jwks')],
  ['issuers[0].jwks', publishing('https://user@idp.example/jwks')],
  ['issuers[0].jwks', publishing('https://:secret@idp.example/jwks')],
  ['issuers[0].scopes', ofIssuer({ scopes: [] })],
  ['clockToleranceSeconds', { issuers, clockToleranceSeconds: 61 }],
  ['clockToleranceSeconds', { issuers, clockToleranceSeconds: -1 }],
  ['clockToleranceSeconds', { issuers, clockToleranceSeconds: '5' }],
  ['clockToleranceSeconds', { issuers, clockToleranceSeconds: Number.NaN }],
  ['maxLength', { issuers, maxLength: 0 }],
  ['maxLength', { issuers, maxLength: 20_000 }],
  ['maxLength', { issuers, maxLength: 10.5 }],
  ['keysMaxAgeSeconds', { issuers, keysMaxAgeSeconds: 0 }],
  ['keysMaxAgeSeconds', { issuers, keysMaxAgeSeconds: Number.POSITIVE_INFINITY }],
  ['keysCooldownSeconds', { issuers, keysCooldownSeconds: 0 }],
  ['keysTimeoutMs', { issuers, keysTimeoutMs: 0 }],
  ['keysTimeoutMs', { issuers, keysTimeoutMs: 2 ** 31 }],
  ['clock', { issuers, clock: 0 }],
  ['issuer', { issuers, issuer: 'https://idp.example/' }],
])('a wrong %s is a TypeError that names it: %j', (name, wrong) => {
  expect(() => jwtFormat(wrong as JwtFormatOptions)).toThrow(TypeError)
  expect(() => jwtFormat(wrong as JwtFormatOptions)).toThrow(`"${name}"`)
})

test.each([undefined, null, 7])('options that are %j are refused', (options) => {
  expect(() => jwtFormat(options as never)).toThrow(new TypeError('jwtFormat: options must be an object'))
})

test.each([
  'https://idp.example/jwks',
  'http://127.0.0.1:8080/jwks',
  'http://localhost/jwks',
  'http://[::1]:8080/jwks',
])('%s may be fetched from', (jwks) => {
  expect(() => jwtFormat(publishing(jwks) as JwtFormatOptions)).not.toThrow()
})

test('building does no I/O and starts no timer', () => {
  const begun: string[] = []
  const hook = createHook({ init: (_, type) => void begun.push(type) }).enable()
  jwtFormat({ ...(publishing('https://idp.example/jwks') as JwtFormatOptions), clockToleranceSeconds: 60 })
  jwtFormat({ issuers })
  hook.disable()
  expect(begun.filter((type) => !/^(?:PROMISE|TickObject|Microtask)$/.test(type))).toEqual([])
})

test('options are not changed, and changes to them later have no effect', () => {
  const list = [sharedIssuer()]
  const options = Object.freeze({ issuers: list })
  const format = jwtFormat(options)
  list.length = 0
  expect(format).toMatchObject({ name: 'jwt', maxLength: 8_192, syntax: 'token68' })
  expect(Object.isFrozen(format)).toBe(true)
})
