import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { TokenFormat } from '@patkit/core'
import { betterAuthFormat, keypalFormat, sanctumFormat, sha256Format, unkeyFormat } from '@patkit/tokens'
import type { ReadOptions } from '../../src/import/index.ts'

/** A table of another system, as it would be written for the tokens below it. */
export interface Dump {
  readonly name: string
  readonly options: Omit<ReadOptions, 'fileFormat'>
  readonly format: TokenFormat
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly expected: readonly Expected[]
  /** Columns that patkit has nothing for. */
  readonly ignored: Readonly<Record<string, number>>
  readonly forged: readonly string[]
}

export interface Expected {
  readonly token: string
  readonly owner: string
  readonly use: 'allowed' | 'revoked' | 'expired'
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
  readonly hint: string
}

export const NOW: number = Date.UTC(2026, 5, 15, 12)
const ORGANIZATION = 'acme'

export function hashed(text: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex'): string {
  return createHash('sha256').update(text).digest(encoding)
}

function letters(length: number, seed: string): string {
  const digits = hashed(seed).repeat(4).slice(0, length)
  return digits.replaceAll(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))
}

function crc32b(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}

function secretOfSanctum(seed: string, prefix: string | null): string {
  const entropy = letters(40, seed)
  return prefix === null ? entropy : `${prefix}${entropy}${crc32b(entropy)}`
}

const sanctum = {
  plain: secretOfSanctum('plain', null),
  checked: secretOfSanctum('checked', ''),
  prefixed: secretOfSanctum('prefixed', 'acme_'),
  expired: secretOfSanctum('expired', ''),
}

function sanctumRow(id: number, secret: string, more: object): Record<string, unknown> {
  return {
    id,
    tokenable_type: 'App\\Models\\User',
    tokenable_id: 41,
    name: 'backup',
    token: hashed(secret),
    abilities: '["*"]',
    last_used_at: null,
    expires_at: null,
    created_at: '2026-01-02 03:04:05',
    updated_at: '2026-01-02 03:04:05',
    ...more,
  }
}

const SANCTUM: Dump = {
  name: 'sanctum',
  options: { layout: 'sanctum', defaults: { organizationId: ORGANIZATION } },
  format: sanctumFormat({ prefix: 'acme_' }),
  rows: [
    sanctumRow(12, sanctum.plain, { abilities: '["drive:read","notes"]', expires_at: '2026-06-15 12:00:01' }),
    sanctumRow(13, sanctum.checked, { tokenable_id: 42, last_used_at: '2026-06-01 00:00:00' }),
    sanctumRow(14, sanctum.prefixed, { abilities: '[]' }),
    sanctumRow(15, sanctum.expired, { expires_at: '2026-06-15 12:00:00' }),
  ],
  expected: [
    expected(`12|${sanctum.plain}`, '41', 'allowed', ['drive:read', 'notes'], ['drive:write'], 'sanctum 12|…'),
    expected(`13|${sanctum.checked}`, '42', 'allowed', ['drive:read', 'any:thing'], [], 'sanctum 13|…'),
    expected(`14|${sanctum.prefixed}`, '41', 'allowed', [], ['drive:read'], 'sanctum 14|…'),
    expected(`15|${sanctum.expired}`, '41', 'expired', [], [], 'sanctum 15|…'),
  ],
  ignored: { updated_at: 4 },
  forged: [`12|${letters(40, 'forged')}`, `13|${sanctum.checked.slice(0, -1)}0`, `12|${hashed(sanctum.plain)}`],
}

const betterAuth = {
  live: `app_${letters(64, 'live')}`,
  disabled: letters(64, 'disabled'),
  expired: letters(64, 'old'),
  usedUp: letters(64, 'used up'),
  refilled: letters(64, 'refilled'),
}

function betterAuthRow(id: string, key: string, more: object): Record<string, unknown> {
  return {
    id,
    configId: 'default',
    name: null,
    start: key.slice(0, 6),
    referenceId: 'user1',
    prefix: null,
    key: hashed(key, 'base64url'),
    enabled: true,
    rateLimitEnabled: true,
    rateLimitTimeWindow: 86_400_000,
    remaining: null,
    refillAmount: null,
    expiresAt: null,
    createdAt: '2026-01-02T03:04:05.678Z',
    updatedAt: '2026-02-02T03:04:05.678Z',
    lastRequest: null,
    permissions: null,
    ...more,
  }
}

const BETTER_AUTH: Dump = {
  name: 'better-auth',
  options: { layout: 'better-auth', defaults: { organizationId: ORGANIZATION, scopes: ['drive:read'] } },
  format: betterAuthFormat({ prefix: ['', 'app_'] }),
  rows: [
    betterAuthRow('k1', betterAuth.live, { name: 'CI', permissions: '{"files":["read","write"],"notes":[]}' }),
    betterAuthRow('k2', betterAuth.disabled, { enabled: false }),
    betterAuthRow('k3', betterAuth.expired, { expiresAt: NOW }),
    betterAuthRow('4', betterAuth.usedUp, { remaining: 0 }),
    betterAuthRow('k5', betterAuth.refilled, { remaining: 0, refillAmount: 10, referenceId: 'user2' }),
  ],
  expected: [
    expected(betterAuth.live, 'user1', 'allowed', ['files:read', 'files:write'], ['drive:read', 'notes'], 'app_'),
    expected(betterAuth.disabled, 'user1', 'revoked', [], [], betterAuth.disabled.slice(0, 6)),
    expected(betterAuth.expired, 'user1', 'expired', [], [], betterAuth.expired.slice(0, 6)),
    expected(betterAuth.usedUp, 'user1', 'revoked', [], [], betterAuth.usedUp.slice(0, 6)),
    expected(betterAuth.refilled, 'user2', 'allowed', ['drive:read'], [], betterAuth.refilled.slice(0, 6)),
  ],
  ignored: { configId: 5, rateLimitEnabled: 5, rateLimitTimeWindow: 5 },
  forged: [`app_${letters(64, 'forged')}`, hashed(betterAuth.live, 'base64url')],
}

const unkey = {
  live: 'sk_live_5K3cWbq8sTz7yMxAvJ2RgP',
  plain: '3QJmV3qfvL9SuYo34YihAf',
  disabled: '2QJmV3qfvL9SuYo34YihAg',
  expired: '4QJmV3qfvL9SuYo34YihAh',
  deleted: '5QJmV3qfvL9SuYo34YihAj',
}

function unkeyRow(id: string, key: string, more: object): Record<string, unknown> {
  return {
    pk: id.length,
    id,
    key_auth_id: 'ks_1',
    hash: hashed(key, 'base64'),
    start: key.slice(0, 4),
    workspace_id: 'ws_1',
    name: null,
    external_id: 'customer',
    expires: null,
    created_at_m: 1_767_323_045_678,
    updated_at_m: null,
    deleted_at_m: null,
    refill_amount: null,
    enabled: 1,
    remaining_requests: null,
    last_used_at: 0,
    pending_migration_id: null,
    permissions: null,
    ...more,
  }
}

const UNKEY: Dump = {
  name: 'unkey',
  options: { layout: 'unkey', defaults: { organizationId: ORGANIZATION } },
  format: unkeyFormat({ prefix: ['', 'sk_live'] }),
  rows: [
    unkeyRow('key_1', unkey.live, { permissions: '["documents.read"]', start: 'sk_live_5K3c', last_used_at: NOW - 1 }),
    unkeyRow('key_2', unkey.plain, { external_id: 'other', expires: '2026-06-15 12:00:00.001' }),
    unkeyRow('key_3', unkey.disabled, { enabled: 0, updated_at_m: NOW - 60_000 }),
    unkeyRow('key_4', unkey.expired, { expires: '2026-06-15 12:00:00.000' }),
    unkeyRow('key_5', unkey.deleted, { deleted_at_m: NOW - 60_000 }),
  ],
  expected: [
    expected(unkey.live, 'customer', 'allowed', ['documents.read'], ['documents.write'], 'sk_live_5K3c…'),
    expected(unkey.plain, 'other', 'allowed', [], ['documents.read'], '3QJm…'),
    expected(unkey.disabled, 'customer', 'revoked', [], [], '2QJm…'),
    expected(unkey.expired, 'customer', 'expired', [], [], '4QJm…'),
    expected(unkey.deleted, 'customer', 'revoked', [], [], '5QJm…'),
  ],
  ignored: { pk: 5, key_auth_id: 5, workspace_id: 5 },
  forged: ['sk_live_5K3cWbq8sTz7yMxAvJ2RgQ', hashed(unkey.plain, 'base64')],
}

const keypal = {
  live: `pk_${letters(32, 'live')}`,
  disabled: `pk_${letters(32, 'disabled')}`,
  revoked: `pk_${letters(32, 'revoked')}`,
  expired: `pk_${letters(32, 'expired')}`,
}

function keypalRow(id: string, key: string, metadata: object): Record<string, unknown> {
  const plain = { ownerId: 'ada', createdAt: '2026-01-02T03:04:05.678Z', expiresAt: null, revokedAt: null }
  return { id, key_hash: hashed(`${key}${hashed('pinch')}`), metadata: { ...plain, enabled: true, ...metadata } }
}

const KEYPAL: Dump = {
  name: 'keypal',
  options: { layout: 'keypal', defaults: { organizationId: ORGANIZATION } },
  format: keypalFormat({ prefix: 'pk_', salt: 'pinch' }),
  rows: [
    keypalRow('n4n01d-live', keypal.live, {
      name: 'CI',
      scopes: ['read'],
      resources: { 'site:1': ['edit'] },
      tags: ['x'],
    }),
    keypalRow('n4n01d-disabled', keypal.disabled, { enabled: false }),
    keypalRow('n4n01d-revoked', keypal.revoked, { revokedAt: '2026-03-01T00:00:00.000Z', rotatedTo: 'n4n01d-live' }),
    keypalRow('n4n01d-expired', keypal.expired, { expiresAt: '2026-06-15T12:00:00.000Z' }),
  ],
  expected: [
    expected(keypal.live, 'ada', 'allowed', ['read', 'site:1:edit'], ['edit', 'site:1:read'], 'keypal n4n01d…'),
    expected(keypal.disabled, 'ada', 'revoked', [], [], 'keypal n4n01d…'),
    expected(keypal.revoked, 'ada', 'revoked', [], [], 'keypal n4n01d…'),
    expected(keypal.expired, 'ada', 'expired', [], [], 'keypal n4n01d…'),
  ],
  ignored: { tags: 1, rotatedTo: 1 },
  forged: [`pk_${letters(32, 'forged')}`],
}

const plain = {
  hex: 'old-live-0000000000000001',
  base64: 'old-live-0000000000000002',
  url: 'old-live-0000000000000003',
}
const dead = { revoked: 'old-dead-0000000000000001', expired: 'old-dead-0000000000000002' }

function sha256Row(digest: string, more: object): Record<string, unknown> {
  return { digest, name: 'backup', principal: 'ada', scopes: 'drive:read drive:write', hint: 'old-…', ...more }
}

const SHA256: Dump = {
  name: 'sha256',
  options: { layout: 'sha256', defaults: { organizationId: ORGANIZATION } },
  format: sha256Format({ name: 'old', prefix: 'old-', length: 21 }),
  rows: [
    sha256Row(hashed(plain.hex).toUpperCase(), { expires_at: '2026-06-15T14:00:01+02:00' }),
    sha256Row(hashed(plain.base64, 'base64'), { organization: ORGANIZATION, scopes: '["drive:*"]', id: 'kept' }),
    sha256Row(hashed(plain.url, 'base64url'), { principal: 'bob', ip_allowlist: '192.0.2.0/24 2001:db8::/32' }),
    sha256Row(hashed(dead.revoked), { revoked_at: '2026-06-15 11:59:59.999999Z', created_at: '2026-01-01T00:00:00Z' }),
    sha256Row(hashed(dead.expired), { expires_at: '2026-06-15 12:00:00+00', last_used_at: '2026-06-14T00:00:00Z' }),
  ],
  expected: [
    expected(plain.hex, 'ada', 'allowed', ['drive:read', 'drive:write'], ['drive:purge'], 'old-…'),
    expected(plain.base64, 'ada', 'allowed', ['drive:purge'], ['notes'], 'old-…'),
    expected(plain.url, 'bob', 'allowed', ['drive:read'], ['notes'], 'old-…'),
    expected(dead.revoked, 'ada', 'revoked', [], [], 'old-…'),
    expected(dead.expired, 'ada', 'expired', [], [], 'old-…'),
  ],
  ignored: {},
  forged: ['old-live-0000000000000009', hashed(plain.hex)],
}

export const DUMPS: readonly Dump[] = [SANCTUM, BETTER_AUTH, UNKEY, KEYPAL, SHA256]

function expected(
  token: string,
  owner: string,
  use: Expected['use'],
  may: readonly string[],
  mayNot: readonly string[],
  hint: string,
): Expected {
  return { token, owner, use, may, mayNot, hint }
}

/** As `COPY … CSV HEADER` writes it. */
export function asCsv(rows: Dump['rows']): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (value: unknown) => {
    if (value === null || value === undefined) return ''
    return `"${(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll('"', '""')}"`
  }
  return [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))].join('\r\n')
}

export function asJsonLines(rows: Dump['rows']): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
