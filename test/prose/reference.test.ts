import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DenyReason, PatError } from '@patkit/core'
import { expect, test } from 'vitest'
import { ROOT } from '../architecture/repository.ts'

/** A name that core adds does not compile until it is here, and fails until it is on its page. */
const REASONS = {
  missing_credential: true,
  malformed_credential: true,
  malformed_token: true,
  unknown_token: true,
  revoked: true,
  superseded: true,
  expired: true,
  principal_disabled: true,
  user_disabled: true,
  ip_denied: true,
  user_required: true,
  insufficient_scope: true,
  rate_limited: true,
  unavailable: true,
} satisfies Record<DenyReason, true>

const CODES = {
  ERR_PAT_RESOLVER_FAILED: true,
  ERR_PAT_RESOLVER_TIMEOUT: true,
  ERR_PAT_TOO_MANY_LOOKUPS: true,
  ERR_PAT_RECORD_INVALID: true,
  ERR_PAT_RECORD_STALE: true,
  ERR_PAT_CHANNEL_FAILED: true,
  ERR_PAT_CHANNEL_SILENT: true,
  ERR_PAT_CHANNEL_STANDBY: true,
  ERR_PAT_AUDIT_OVERFLOW: true,
  ERR_PAT_AUDIT_REFUSED: true,
  ERR_PAT_FORMAT_FAILED: true,
  ERR_PAT_LIMITER_FAILED: true,
  ERR_PAT_TOKEN_REFUSED: true,
  ERR_PAT_REQUEST_UNREADABLE: true,
  ERR_PAT_HEADERS_TRUNCATED: true,
  ERR_PAT_ADDRESS_UNREADABLE: true,
  ERR_PAT_CLOCK_FAILED: true,
  ERR_PAT_AUDIT_FAILED: true,
  ERR_PAT_ON_USE_FAILED: true,
  ERR_PAT_GUARD_WITHOUT_AUTH: true,
  ERR_PAT_GUARD_SCOPE: true,
  ERR_PAT_GUARD_PASSED: true,
  ERR_PAT_REQUEST_ID_FAILED: true,
  ERR_PAT_WAIT_UNTIL_FAILED: true,
} satisfies Record<PatError['code'], true>

test.each([
  ['docs/reference/events.md', 'Reasons', /`([a-z]+(?:_[a-z]+)*)`(?= +\| \d{3})/g, REASONS],
  ['docs/reference/errors.md', 'Verifier and middleware', /`(ERR_PAT_\w+)`/g, CODES],
])('%s, %s: the table has every name and no other', (page, heading, name, names) => {
  const [, section = ''] = readFileSync(join(ROOT, page), 'utf8').split(`\n## ${heading}\n`)
  const listed = [...(section.split('\n## ')[0] as string).matchAll(name)].map(([, found]) => found)
  expect(listed.sort()).toEqual(Object.keys(names).sort())
})
