import { types } from 'node:util'
import { digestToken } from '@patkit/core'
import {
  refuseUnknownMembers,
  validAllowlist,
  validDescription,
  validHint,
  validId,
  validName,
  validScopes,
} from '../input/fields.ts'
import type { NewSecret, Token } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'
import type { Origin } from './create.ts'

/** A token of another system, in its state there. */
export interface ImportInput {
  /** SHA-256 of the token, or of the part of it that the format of such tokens digests: 64 lower-case hex digits. */
  readonly digest: string
  /** 1 to 64 characters that identify the token to people: its beginning, or its last four. Never the token. */
  readonly hint: string
  /** 1 to 255 characters, for people. */
  readonly name: string
  readonly description?: string | null
  readonly scopes: readonly string[]
  /** Its end, also one in the past; `null` for none. */
  readonly expiresAt: Date | null
  /** Default `null`: it was not. */
  readonly revokedAt?: Date | null
  /** Addresses and CIDR ranges. Default `null`: any. */
  readonly ipAllowlist?: readonly string[] | null
  /** The user it acts for: a principal of kind `user` in the owner's organization. */
  readonly userId?: string | null
  /** Its life is counted from here. Default now. */
  readonly createdAt?: Date
  readonly lastUsedAt?: Date | null
  /** Its id. Default: drawn by the service. */
  readonly id?: string
}

/** The rows that an import writes. */
export interface ImportedToken {
  readonly token: Token
  readonly secret: NewSecret
}

const SHA256_HEX = /^[0-9a-f]{64}$/
/** The last instant that RFC 3339 can write. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * The policy on lifetimes does not apply: it neither gives a foreign token an end nor moves it. Its rules for use apply
 * at use.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member
 */
export function importedToken({ id, version, owner, createdBy, now }: Origin, input: ImportInput): ImportedToken {
  const { digest, hint, name, description, scopes, expiresAt, revokedAt, ...rest } = input
  const { ipAllowlist, userId, createdAt: made, lastUsedAt, id: _, ...unknown } = rest
  refuseUnknownMembers(unknown)
  const secret = {
    digest: validDigest(digest),
    createdAt: past('createdAt', made === undefined ? now : made, now),
    awaitsAdoption: false,
  }
  const token: Token = {
    id: validId('id', id),
    version,
    organizationId: owner.organizationId,
    principalId: owner.principalId,
    name: validName(name),
    description: validDescription(description ?? null),
    hint: redacted(validHint(hint), digest),
    scopes: validScopes('scopes', scopes),
    userId: userId == null ? null : validId('userId', userId),
    ipAllowlist: validAllowlist(ipAllowlist ?? null),
    createdBy,
    createdAt: secret.createdAt,
    updatedAt: now,
    issuedAt: secret.createdAt,
    expiresAt: expiresAt === null ? null : instant('expiresAt', expiresAt),
    revokedAt: revokedAt == null ? null : past('revokedAt', revokedAt, now),
    lastUsedAt: lastUsedAt == null ? null : past('lastUsedAt', lastUsedAt, now),
    lastUsedIp: null,
    useCount: 0,
  }
  return { token, secret }
}

function validDigest(digest: string): string {
  if (typeof digest === 'string' && SHA256_HEX.test(digest)) return digest
  throw invalidInput('digest', 'must be a SHA-256 digest: 64 hexadecimal digits in lower case')
}

/** Hints are shown in lists and logs: a hint that is the token would leak it. */
function redacted(hint: string, digest: string): string {
  const parts = [hint, hint.slice(hint.indexOf('|') + 1)]
  if (parts.some((part) => digestToken(part) === digest)) throw invalidInput('hint', 'must not be the token')
  return hint
}

function instant(field: string, date: Date): Date {
  const ms = types.isDate(date) ? date.getTime() : Number.NaN
  if (!(ms >= 0 && ms <= LATEST_MS)) throw invalidInput(field, 'must be a valid date from 1970 to 9999')
  return new Date(ms)
}

function past(field: string, date: Date, now: Date): Date {
  const valid = instant(field, date)
  if (valid > now) throw invalidInput(field, 'must not be in the future')
  return valid
}
