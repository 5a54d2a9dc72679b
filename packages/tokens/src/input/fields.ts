import { types } from 'node:util'
import { canonicalCidr, isScopeName } from '@patkit/core'
import { UNPRINTABLE } from '@patkit/core/adapter'
import type { Actor } from '../lifecycle/delegation.ts'
import type { Owner, Principal } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'
import { strayMember } from './owner.ts'
import { isBlank, UNPRINTABLE_IN_TEXT } from './printable.ts'

const UNSEARCHABLE = /[\p{Cc}\p{Cs}]/u
/** Of a token, in characters (code points). */
export const LONGEST_NAME = 255
const LONGEST_DESCRIPTION = 500
const LONGEST_ID = 128
const LONGEST_LOGGED_ID = 255
const LONGEST_HINT = 64
const MOST_SCOPES = 500
const LONGEST_SCOPE = 256
const MOST_RANGES = 500
/** An IPv6 address with a dotted quad, and a prefix length. */
const LONGEST_RANGE = 49
/** Unicode's normal form C of a text has at least one code point for four code units (Unicode FAQ, Normalization). */
const UNITS_PER_CHARACTER = 4

/**
 * @returns the name in Unicode's normal form C
 * @throws TokenError `ERR_PAT_INPUT_INVALID` on `name`
 */
export function validName(name: string): string {
  return text('name', name, 1, LONGEST_NAME)
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `description` */
export function validDescription(description: string | null): string | null {
  return description === null ? null : text('description', description, 0, LONGEST_DESCRIPTION)
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `reason` */
export function validReason(reason: string | null): string | null {
  return reason === null ? null : text('reason', reason, 1, LONGEST_DESCRIPTION)
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `hint` */
export function validHint(hint: string): string {
  return text('hint', hint, 1, LONGEST_HINT)
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on the field */
export function validId(field: string, id: string): string {
  if (!isId(id)) {
    throw invalidInput(field, `must be 1 to ${LONGEST_ID} printable characters without spaces around them`)
  }
  return id
}

/** Whether a text can be an id at all. */
export function isId(id: unknown): id is string {
  return isPrintableId(id, LONGEST_ID)
}

/** For texts that are compared with names: some databases refuse controls or lone surrogates, others cut there. */
export function isSearchable(text: unknown, longest: number): text is string {
  if (typeof text !== 'string' || text.length > 2 * longest) return false
  return [...text].length <= longest && !UNSEARCHABLE.test(text)
}

/** Databases that pad compared texts take `ada ` for `ada`. */
function isPrintableId(id: unknown, longest: number): id is string {
  return typeof id === 'string' && id.length <= longest && id.trim() === id && !isBlank(id) && !UNPRINTABLE.test(id)
}

/**
 * An id in the audit log, where those of other tables and of JWTs stand beside our own.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` on the field
 */
export function validLoggedId(field: string, id: string): string {
  if (!isPrintableId(id, 2 * LONGEST_LOGGED_ID) || [...id].length > LONGEST_LOGGED_ID) {
    throw invalidInput(field, `must be 1 to ${LONGEST_LOGGED_ID} printable characters without spaces around them`)
  }
  return id
}

/**
 * Owners come from sessions and paths. A misspelt field would select more than intended.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member
 */
export function validOwner(owner: Owner): Owner {
  validId('organizationId', owner?.organizationId)
  validId('principalId', owner.principalId)
  refuseStray(owner)
  return owner
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on a field that no owner has */
export function refuseStray(owner: Owner): void {
  const member = strayMember(owner)
  if (member !== undefined) throw invalidInput(member, 'is not a known field')
}

/**
 * An owner, or a whole organization.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member
 */
export function validWhere<O extends Owner | Pick<Owner, 'organizationId'>>(where: O): O {
  validId('organizationId', where?.organizationId)
  const { organizationId: _, principalId: __, ...unknown } = where as Owner
  refuseUnknownMembers(unknown)
  if ('principalId' in where) validId('principalId', where.principalId)
  return where
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function validActor(actor: Actor): Actor {
  if (typeof actor !== 'object' || actor === null) throw invalidInput('actor', 'must be { id, scopes }')
  const { id, scopes, ...unknown } = actor
  refuseUnknownMembers(unknown)
  if (typeof id !== 'string' || id === '') throw invalidInput('actor', 'must have an id')
  if (scopes !== null && !Array.isArray(scopes)) throw invalidInput('actor', 'must have scopes: an array, or null')
  return actor
}

/**
 * @returns the scopes, each once
 * @throws TokenError `ERR_PAT_INPUT_INVALID` on the field, or on `field/index`
 */
export function validScopes(field: string, scopes: readonly string[]): readonly string[] {
  list(field, scopes, MOST_SCOPES)
  scopes.forEach((scope, index) => {
    if (typeof scope !== 'string' || scope.length > LONGEST_SCOPE || !isScopeName(scope)) {
      throw invalidInput(`${field}/${index}`, `must be a scope name of at most ${LONGEST_SCOPE} characters`)
    }
  })
  return [...new Set(scopes)]
}

/**
 * @returns the ranges in canonical form, each once; `null` allows any address
 * @throws TokenError `ERR_PAT_INPUT_INVALID` on `ipAllowlist`, or on `ipAllowlist/index`
 */
export function validAllowlist(ranges: readonly string[] | null): readonly string[] | null {
  if (ranges === null) return null
  list('ipAllowlist', ranges, MOST_RANGES)
  if (ranges.length === 0) throw invalidInput('ipAllowlist', 'must not be empty: null allows any address')
  return [...new Set(ranges.map(validRange))]
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function validPrincipal(principal: Principal): Principal {
  const { organizationId, principalId, kind, disabledAt, ceiling, ...unknown } = principal
  refuseUnknownMembers(unknown)
  if (kind !== 'user' && kind !== 'service') throw invalidInput('kind', "must be 'user' or 'service'")
  if (disabledAt !== null && !(types.isDate(disabledAt) && disabledAt.getTime() >= 0)) {
    throw invalidInput('disabledAt', 'must be a valid Date, or null')
  }
  return {
    organizationId: validId('organizationId', organizationId),
    principalId: validId('principalId', principalId),
    kind,
    disabledAt,
    ceiling: ceiling === null ? null : validScopes('ceiling', ceiling),
  }
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on the first unknown field */
export function refuseUnknownMembers(rest: object): void {
  const [member] = Object.keys(rest)
  if (member !== undefined) throw invalidInput(member, 'is not a known field')
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on the field */
export function validCount(field: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw invalidInput(field, `must be a whole number from ${least} to ${most}`)
  }
  return value
}

function text(field: string, value: string, least: number, most: number): string {
  if (typeof value !== 'string') throw invalidInput(field, 'must be a string')
  // The raw length comes first: to normalize takes the square of the number of combining marks.
  const normal = value.length > most * UNITS_PER_CHARACTER ? null : value.normalize('NFC')
  const length = normal === null ? Number.POSITIVE_INFINITY : [...normal].length
  if (normal === null || length < least || length > most) {
    throw invalidInput(field, `must have ${least} to ${most} characters`)
  }
  if (UNPRINTABLE_IN_TEXT.test(normal)) {
    throw invalidInput(field, 'must not hold control characters, bidirectional marks or lone surrogates')
  }
  if (least > 0 && isBlank(normal)) throw invalidInput(field, 'must have a visible character')
  return normal
}

function validRange(range: string, index: number): string {
  try {
    if (range.length > LONGEST_RANGE) throw new RangeError('is too long')
    return canonicalCidr(range)
  } catch {
    throw invalidInput(`ipAllowlist/${index}`, 'must be an IP address or a CIDR range')
  }
}

function list(field: string, value: readonly string[], most: number): void {
  if (!Array.isArray(value)) throw invalidInput(field, 'must be an array')
  if (value.length > most) throw invalidInput(field, `must have at most ${most} entries`)
}
