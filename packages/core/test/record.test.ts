import type { TokenRecord } from '@patkit/core'
import { describe, expect, test } from 'vitest'
import { bearing, createApi, format, NOON, reader, recordOf } from './api.ts'

/** The decision for a record with these members in place of valid ones. */
async function outcomeWith(members: object): Promise<{ outcome: string; faults: string[] }> {
  const api = createApi()
  const outcome = await api.outcome(bearing(api.issue(members)))
  return { outcome, faults: api.faults.map((fault) => `${fault.code} ${fault.message}`) }
}

describe('a record that cannot be trusted answers 503 and names the member', () => {
  test.each([
    ['id', { id: '' }],
    ['id', { id: 7 }],
    ['id', { id: 'x'.repeat(256) }],
    ['id', { id: '𝒳'.repeat(256) }],
    ['id', { id: 'a\u0000b' }],
    ['digest', { digest: 'a'.repeat(64) }],
    ['digest', { digest: undefined }],
    ['scopes', { scopes: null }],
    ['scopes', { scopes: 'drive:read' }],
    ['scopes', { scopes: ['drive read'] }],
    ['scopes', { scopes: ['drive::read'] }],
    ['scopes', { scopes: [7] }],
    ['expiresAt', { expiresAt: undefined }],
    ['expiresAt', { expiresAt: new Date('never') }],
    ['expiresAt', { expiresAt: '2026-01-01T00:00:00Z' }],
    ['revokedAt', { revokedAt: undefined }],
    ['revokedAt', { revokedAt: 0 }],
    ['ipAllowlist', { ipAllowlist: undefined }],
    ['ipAllowlist', { ipAllowlist: [] }],
    ['ipAllowlist', { ipAllowlist: '192.0.2.0/24' }],
    ['ipAllowlist', { ipAllowlist: ['0177.0.0.1'] }],
    ['ipAllowlist', { ipAllowlist: [null] }],
    ['userId', { userId: undefined }],
    ['userId', { userId: '' }],
    ['principalId', { principalId: undefined }],
    ['organizationId', { organizationId: '' }],
    ['ceiling', { ceiling: undefined }],
    ['ceiling', { ceiling: null }],
    ['secretEndsAt', { secretEndsAt: 'soon' }],
    ['disabled', { disabled: true }],
    ['version', { version: -1 }],
    ['version', { version: 1.5 }],
  ])('%s: %j', async (member, members) => {
    const { outcome, faults } = await outcomeWith(members)
    expect(outcome).toBe('unavailable')
    expect(faults).toEqual([expect.stringMatching(`ERR_PAT_RECORD_INVALID resolved record: ${member} `)])
  })

  test.each([7, 'token', true])('an answer that is no record: %j', async (answer) => {
    const api = createApi({ resolve: () => answer as never })
    expect(await api.outcome(bearing(format.mint()))).toBe('unavailable')
    expect(api.faults[0]?.code).toBe('ERR_PAT_RECORD_INVALID')
  })

  test('a member that throws when it is read', async () => {
    const token = format.mint()
    const record = Object.defineProperty(recordOf(token), 'userId', {
      enumerable: true,
      get: () => {
        throw new Error('lazy loading failed')
      },
    })
    const api = createApi({ resolve: () => record })
    expect(await api.outcome(bearing(token))).toBe('unavailable')
    expect(api.faults[0]).toMatchObject({ code: 'ERR_PAT_RECORD_INVALID', cause: new Error('lazy loading failed') })
  })
})

test.each([
  ['revoked', { revokedAt: new Date(NOON + 1) }],
  ['expired', { expiresAt: new Date(NOON) }],
  ['allowed', { expiresAt: new Date(NOON + 1) }],
  ['superseded', { secretEndsAt: new Date(NOON) }],
  ['allowed', { secretEndsAt: null, disabled: null, version: 0, ceiling: [] }],
  ['allowed', { principalId: null, organizationId: null, version: null }],
  ['principal_disabled', { disabled: 'principal' }],
  ['user_disabled', { disabled: 'user' }],
  ['revoked', { revokedAt: new Date(0), expiresAt: new Date(0), secretEndsAt: new Date(0), disabled: 'user' }],
  ['superseded', { expiresAt: new Date(0), secretEndsAt: new Date(0), disabled: 'user' }],
  ['expired', { expiresAt: new Date(0), disabled: 'user', ipAllowlist: ['192.0.2.1'] }],
])('%s: %j', async (expected, members) => {
  expect((await outcomeWith(members)).outcome).toBe(expected)
})

test('what a class computes is read, and the digest does not show where the record is serialised', async () => {
  class Row implements Pick<TokenRecord, 'id'> {
    readonly #token: TokenRecord
    readonly team = 'blue'
    constructor(token: TokenRecord) {
      this.#token = token
    }
    get id() {
      return `row-${this.#token.id}`
    }
    get digest() {
      return this.#token.digest
    }
    get scopes() {
      return this.#token.scopes
    }
    get expiresAt() {
      return null
    }
    get revokedAt() {
      return null
    }
    get ipAllowlist() {
      return null
    }
    get userId() {
      return null
    }
  }
  const token = format.mint()
  const api = createApi({ resolve: () => new Row(recordOf(token)) })
  const decision = await api.verifier.verify(bearing(token), reader)
  const record = decision.ok ? decision.grant.record : null
  expect(JSON.parse(JSON.stringify(record))).toEqual({
    id: 'row-tok_1',
    team: 'blue',
    scopes: ['drive:read'],
    expiresAt: null,
    revokedAt: null,
    ipAllowlist: null,
    userId: null,
  })
  expect(record?.digest).toBe(token.digest)
})
