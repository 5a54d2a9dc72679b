import { createVerifier, type Denied, type DenyReason, type VerifierOptions } from '@patkit/core'
import { describe, expect, test } from 'vitest'
import { format } from './api.ts'

function denied(reason: DenyReason, members: Partial<Denied> = {}): Denied {
  return { ok: false, reason, tokenId: null, requiredScopes: [], detail: null, retryAfterSeconds: null, ...members }
}

function challenge(denial: Denied, options: Partial<VerifierOptions<never>> = {}, requestId: string | null = null) {
  const { status, headers, body } = createVerifier({ format, resolve: () => null, ...options }).challenge(
    denial,
    requestId,
  )
  return { status, headers: Object.fromEntries(headers), body: JSON.parse(body) }
}

const REFUSED_ALIKE: DenyReason[] = [
  'unknown_token',
  'malformed_token',
  'revoked',
  'superseded',
  'expired',
  'principal_disabled',
  'user_disabled',
  'ip_denied',
]

describe('WWW-Authenticate', () => {
  const header = (denial: Denied, options?: object) => challenge(denial, options).headers['WWW-Authenticate']

  test('has no error code without a credential (RFC 6750 §3.1)', () => {
    expect(header(denied('missing_credential'))).toBe('Bearer realm="api"')
  })

  test('lists all required scopes', () => {
    expect(header(denied('insufficient_scope', { requiredScopes: ['drive:read', 'drive:write'] }))).toBe(
      'Bearer realm="api", error="insufficient_scope", ' +
        'error_description="The access token does not hold the required scopes", scope="drive:read drive:write"',
    )
  })

  test('leaves the scope out where none can be named', () => {
    expect(header(denied('insufficient_scope'))).not.toContain('scope=')
  })

  test('quotes what needs it and names the metadata (RFC 9728 §5.1)', () => {
    const resourceMetadata = 'https://api.example.com/.well-known/oauth-protected-resource'
    expect(header(denied('missing_credential'), { realm: 'the "blue" \\ team', resourceMetadata })).toBe(
      `Bearer realm="the \\"blue\\" \\\\ team", resource_metadata="${resourceMetadata}"`,
    )
  })

  test.each<[DenyReason, boolean]>([
    ['malformed_credential', true],
    ['unknown_token', true],
    ['user_required', true],
    ['rate_limited', false],
    ['unavailable', false],
  ])('goes with %s: %s', (reason, present) =>
    expect('WWW-Authenticate' in challenge(denied(reason)).headers).toBe(present),
  )

  test('stays within the characters of RFC 6750 §3', () => {
    for (const reason of [...REFUSED_ALIKE, 'malformed_credential', 'insufficient_scope'] as DenyReason[]) {
      expect(header(denied(reason))).toMatch(/error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+"/)
    }
  })
})

describe('answers', () => {
  test('that must look alike are the same to the byte', () => {
    const answers = REFUSED_ALIKE.map((reason) => JSON.stringify(challenge(denied(reason, { tokenId: reason }))))
    expect(new Set(answers).size).toBe(1)
  })

  test('are problem details that no cache keeps (RFC 9457)', () => {
    const { headers, body, status } = challenge(denied('unknown_token'), {}, 'req-1')
    expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status,
      detail: 'The access token is not valid',
      code: 'invalid_token',
      request_id: 'req-1',
    })
  })

  test('to a foreign address may say so', () => {
    const { status, headers, body } = challenge(denied('ip_denied'), { ipDenied: 'forbidden' })
    expect([status, body.code, headers['WWW-Authenticate']]).toEqual([403, 'ip_not_allowed', 'Bearer realm="api"'])
  })

  test('that ask for patience say for how long', () => {
    const limited = challenge(denied('rate_limited', { retryAfterSeconds: 30 }))
    expect([limited.status, limited.headers['Retry-After']]).toEqual([429, '30'])
    expect(challenge(denied('unavailable', { retryAfterSeconds: 1 }))).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '1' },
      body: { title: 'Service Unavailable' },
    })
  })
})
