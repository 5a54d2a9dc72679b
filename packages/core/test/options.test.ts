import { createVerifier, type VerifierOptions } from '@patkit/core'
import { expect, test } from 'vitest'
import { adapter, format, reader } from './api.ts'

const resolve = () => null

test.each<[string, object]>([
  ['format', { format: undefined }],
  ['format', { format: [] }],
  ['format', { format: [format, {}] }],
  ['format', { format: { ...format, read: true } }],
  ['resolve', { resolve: undefined }],
  ['audit', { audit: 'log' }],
  ['audit', { audit: { mode: 'background', sink: {} } }],
  ['audit.mode', { audit: { mode: 'sometimes', sink: { write() {} } } }],
  ['audit.capacity', { audit: { mode: 'background', sink: { write() {} }, capacity: 0 } }],
  ['audit.timeoutMs', { audit: { mode: 'required', sink: { write() {} }, timeoutMs: 0 } }],
  ['audit.retries', { audit: { mode: 'required', sink: { write() {} }, retries: 0 } }],
  ['channel', { channel: { publish() {} } }],
  ['leaseSeconds', { leaseSeconds: -1 }],
  ['resolveMany', { resolveMany: 7, maxBatch: 10 }],
  ['maxBatch', { resolveMany() {} }],
  ['resolve', { resolveMany() {}, maxBatch: 10 }],
  ['onError', { onError: null }],
  ['realm', { realm: '' }],
  ['realm', { realm: 'Ärger' }],
  ['resourceMetadata', { resourceMetadata: '/metadata' }],
  ['resourceMetadata', { resourceMetadata: 'ftp://example.com/' }],
  ['header', { header: 'x api key' }],
  ['header', { header: 7 }],
  ['header', { header: 'authorization', credentials: [{ header: 'authorization', scheme: 'Bearer' }] }],
  ['credentials', { credentials: [] }],
  ['credentials', { credentials: 'authorization' }],
  ['credentials[0]', { credentials: ['authorization'] }],
  ['credentials[0]', { credentials: [null] }],
  ['credentials[0].header', { credentials: [{ scheme: 'Bearer' }] }],
  ['credentials[0].scheme', { credentials: [{ header: 'authorization', scheme: 'Bearer token' }] }],
  ['credentials[0].scheme', { credentials: [{ header: 'authorization', scheme: '' }] }],
  ['credentials[0].name', { credentials: [{ header: 'authorization', name: 'a' }] }],
  ['credentials[1]', { credentials: [{ header: 'x-key' }, { header: 'X-Key', scheme: null }] }],
  [
    'credentials[1]',
    {
      credentials: [
        { header: 'a', scheme: 'Token' },
        { header: 'A', scheme: 'token' },
      ],
    },
  ],
  ['ipDenied', { ipDenied: 'hide' }],
  ['cacheTtlSeconds', { cacheTtlSeconds: -1 }],
  ['cacheTtlSeconds', { cacheTtlSeconds: Number.POSITIVE_INFINITY }],
  ['cacheEntries', { cacheEntries: 0 }],
  ['negativeTtlSeconds', { negativeTtlSeconds: '5' }],
  ['negativeEntries', { negativeEntries: 1.5 }],
  ['maxPendingLookups', { maxPendingLookups: Number.NaN }],
  ['maxConcurrentLookups', { maxConcurrentLookups: 0 }],
  ['resolveTimeoutMs', { resolveTimeoutMs: 2 ** 31 }],
  ['clock', { clock: 0 }],
  ['trustedProxies', { trustedProxies: '10.0.0.0/8' }],
  ['trustedProxies', { trustedProxies: null }],
  ['trustedProxies', { trustedProxies: [7] }],
  ['trustedProxies', { trustedProxies: ['10.0.0.0/8', ''] }],
  ['trustedProxies', { trustedProxies: ['10/8'] }],
  ['trustedProxies', { trustedProxies: ['10.0.0.0/33'] }],
  ['trustedProxies', { trustedProxies: ['::ffff:0:0/64'] }],
  ['trustedProxies', { trustedProxies: ['fe80::%eth0/10'] }],
  ['trustedProxies', { trustedProxies: ['10.0.0.1%eth0'] }],
  ['trustedProxies', { trustedProxies: ['fe80::1%'] }],
  ['trustedProxies', { trustedProxies: ['Unix'] }],
  ['trustedProxies', { trustedProxies: ['localhost'] }],
  ['forwardedHeader', { forwardedHeader: 'X-Forwarded-For' }],
  ['forwardedHeader', { forwardedHeader: 'x-real-ip', trustedProxies: ['10.0.0.1'] }],
  ['forwardedHeader', { forwardedHeader: null }],
  ['wildcards', { wildcards: 'yes' }],
  ['wildcards', { wildcards: null }],
  ['implies', { implies: null }],
  ['implies', { implies: ['drive:read'] }],
  ['implies', { implies: new Map([['drive:write', ['drive:read']]]) }],
  ['implies', { implies: { 'drive:write': 'drive:read' } }],
  ['implies', { implies: { 'drive:write': undefined } }],
  ['implies', { implies: { 'drive:*': ['drive:read'] } }],
  ['implies', { implies: { 'drive:write': ['drive:*'] } }],
  ['implies', { implies: { 'drive write': [] } }],
  ['implies', { implies: { 'drive:write': ['drive::read'] } }],
  ['implies', { implies: { 'drive:write': [7] } }],
  ['audits', { audits: () => {} }],
])('a wrong %s is a TypeError that names it: %j', (name, wrong) => {
  const options = { format, resolve, ...wrong } as VerifierOptions<never>
  expect(() => createVerifier(options)).toThrow(TypeError)
  expect(() => createVerifier(options)).toThrow(`"${name}"`)
  expect(() => adapter.patAuth(options)).toThrow(`"${name}"`)
})

test('a verifier without options is refused', () => {
  expect(() => createVerifier(undefined as never)).toThrow(new TypeError('patkit options must be an object'))
  expect(() => createVerifier(null as never)).toThrow(TypeError)
})

test('options are not changed, and changes to them later have no effect', async () => {
  const formats = [format]
  const options = Object.freeze({ format: formats, resolve, realm: 'drive', optional: true })
  const check = adapter.patAuth(options)
  formats.pop()
  expect(await check({ rawHeaders: ['Authorization', `Bearer ${format.mint().reveal()}`] })).toMatchObject({
    denied: { reason: 'unknown_token' },
  })
})

test('a header of another name holds the bare token', async () => {
  const verifier = createVerifier({ format, resolve, header: 'X-API-Key' })
  const reasonOf = async (...rawHeaders: string[]) => {
    const decision = await verifier.verify({ rawHeaders }, reader)
    return decision.ok ? 'allowed' : decision.reason
  }
  const token = format.mint().reveal()
  expect(await reasonOf('x-api-key', token)).toBe('unknown_token')
  expect(await reasonOf('x-api-key', token, 'X-Api-Key', token)).toBe('malformed_credential')
  expect(await reasonOf('x-api-key', `Bearer ${token}`)).toBe('malformed_credential')
  expect(await reasonOf('Authorization', `Bearer ${token}`)).toBe('missing_credential')
})
