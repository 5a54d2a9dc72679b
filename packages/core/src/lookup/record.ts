import { timingSafeEqual } from 'node:crypto'
import { types } from 'node:util'
import { LRUCache } from 'lru-cache'
import { type AddressMatcher, compileRanges } from '../address/address.ts'
import { PatError } from '../errors.ts'
import { isScopeName } from '../scope/scope.ts'
import { compileScopes, type ScopeRules, type ScopeSet } from '../scope/scope-set.ts'

/**
 * What a resolver returns for a digest. The first seven members are always there, `null` meaning "none"; a member that
 * is missing, an unreadable date, an empty allowlist or another token's digest answers 503 and is reported, never 401
 * and never a wider permission. The rest belongs to tables that have it, and is left out elsewhere.
 */
export interface TokenRecord {
  /** Like every id here, 1 to 255 characters without controls or lone surrogates. */
  readonly id: string
  /** The digest that was asked for, as stored. */
  readonly digest: string
  readonly scopes: readonly string[]
  /** Refused from this instant on (RFC 7519 §4.1.4). */
  readonly expiresAt: Date | null
  /** Revoked when not `null`, also for a future instant. */
  readonly revokedAt: Date | null
  /** Addresses and CIDR ranges; `null` allows any address. */
  readonly ipAllowlist: readonly string[] | null
  /** The acting user. */
  readonly userId: string | null
  readonly principalId?: string | null
  readonly organizationId?: string | null
  /** What the owner may do now; scopes and ceiling must both cover a requirement. */
  readonly ceiling?: readonly string[]
  /** End of the presented secret, where rotation keeps the old one alive for a while. */
  readonly secretEndsAt?: Date | null
  readonly disabled?: 'principal' | 'user' | null
  /** Grows with every change of the token. */
  readonly version?: number | null
}

/**
 * The types of one API. `optional` types `pat` as `null` for requests without credentials. A missing
 * type is any record, or any text as a scope.
 */
export interface ApiTypes {
  readonly record?: TokenRecord
  readonly scope?: string
  readonly optional?: true
}

/** Augment it with the members of `ApiTypes`, once, where a program has one API. Others use `createPat`. */
// biome-ignore lint/suspicious/noEmptyInterface: must stay an interface, so that it can be augmented
export interface Register {}

export type RegisteredRecord<T = Register> = T extends { record: infer R extends TokenRecord } ? R : TokenRecord
export type RegisteredScope<T = Register> = T extends { scope: infer S extends string } ? S : string
/** The type of `pat` on a request: the record, or also `null` where the API's types say `optional: true`. */
export type RegisteredPat<T = Register> = T extends { optional: true }
  ? Readonly<RegisteredRecord<T>> | null
  : Readonly<RegisteredRecord<T>>

/**
 * A record read once, in the form that policy compares; what policy takes as it is stays in `exposed`. Instants are
 * epoch milliseconds, `null` for none: there may be millions, and `Infinity` would be a number object in each.
 */
export interface CompiledRecord<R extends TokenRecord> {
  /** A frozen copy, since all requests of the token share it. */
  readonly exposed: Readonly<R>
  readonly revoked: boolean
  readonly secretEndsAt: number | null
  readonly expiresAt: number | null
  readonly disabled: 'principal' | 'user' | null
  readonly scopes: ScopeSet
  readonly ceiling: ScopeSet | null
  readonly allows: AddressMatcher | null
}

/**
 * Reads and checks a resolver's answer.
 *
 * @throws PatError `ERR_PAT_RECORD_INVALID` naming the member that is missing, unreadable or another token's
 */
export function compileRecord<R extends TokenRecord>(
  answer: R,
  digest: string,
  compile: ListCompilers,
): CompiledRecord<R> {
  if (typeof answer !== 'object') throw invalid('record', 'must be an object or null')
  const copy = copyOf(answer)
  checkDigest(copy.digest, digest)
  readId(copy, 'id')
  readNullable(copy, 'userId', readId)
  readOptional(copy, 'principalId', nullable(readId))
  readOptional(copy, 'organizationId', nullable(readId))
  readOptional(copy, 'version', nullable(readVersion))
  const scopes = compile.scopes(readScopes(copy, 'scopes'))
  const ceiling = readOptional(copy, 'ceiling', readScopes)
  const allowlist = readNullable(copy, 'ipAllowlist', readAllowlist)
  return {
    // Tokens with the same scopes share the list, too.
    exposed: Object.freeze(Object.assign(copy, { scopes: scopes.names })) as Readonly<R>,
    revoked: readNullable(copy, 'revokedAt', readInstant) !== null,
    secretEndsAt: readOptional(copy, 'secretEndsAt', readDeadline),
    expiresAt: readDeadline(copy, 'expiresAt'),
    disabled: readOptional(copy, 'disabled', readDisabled),
    scopes,
    ceiling: ceiling === null ? null : compile.scopes(ceiling),
    allows: allowlist === null ? null : matcherOf(allowlist, compile),
  }
}

/** Characters as databases count them. Controls, NUL among them, and lone surrogates they refuse, or keep as others. */
const ID = /^[^\p{Cc}\p{Cs}]{1,255}$/u

type Member = keyof TokenRecord
type Members = { readonly [M in Member]?: unknown }
type Read<T> = (members: Members, member: Member) => T

const SHOWN_MEMBERS = [
  'id',
  'scopes',
  'expiresAt',
  'revokedAt',
  'ipAllowlist',
  'userId',
  'principalId',
  'organizationId',
  'ceiling',
  'secretEndsAt',
  'disabled',
  'version',
] as const satisfies readonly Member[]

/**
 * The record's own members, and those of ours that its class inherits or computes; arrays and dates are copied too. The digest
 * does not show where the copy is serialised. It is added rather than changed: engines keep objects whose members
 * change their nature as slow dictionaries.
 */
function copyOf(answer: TokenRecord): Members {
  const { digest, ...rest } = answer
  const copy: Record<string, unknown> = rest
  for (const member of SHOWN_MEMBERS) {
    if (!(member in answer)) continue
    copy[member] = ownCopy(answer[member])
  }
  return Object.defineProperty(copy, 'digest', { value: digest, enumerable: false })
}

function ownCopy(value: unknown): unknown {
  if (types.isDate(value)) return new Date(value)
  return Array.isArray(value) ? Object.freeze([...value]) : value
}

function invalid(member: string, problem: string, cause?: unknown): PatError {
  return new PatError('ERR_PAT_RECORD_INVALID', `resolved record: ${member} ${problem}`, cause)
}

function checkDigest(actual: unknown, asked: string): void {
  const matches =
    typeof actual === 'string' &&
    actual.length === asked.length &&
    timingSafeEqual(Buffer.from(actual, 'utf8'), Buffer.from(asked, 'utf8'))
  if (!matches) throw invalid('digest', 'is not the requested digest')
}

/** Every event carries them: an id that a log cannot keep would keep the events beside it out as well. */
function readId(members: Members, member: Member): string {
  const value = members[member]
  if (typeof value !== 'string' || !ID.test(value))
    throw invalid(
      member,
      'must be 1 to 255 characters without controls or lone surrogates, or null where it may be none',
    )
  return value
}

function readInstant(members: Members, member: Member): number {
  const value = members[member]
  const instant = types.isDate(value) ? value.getTime() : Number.NaN
  if (Number.isNaN(instant)) throw invalid(member, 'must be a valid Date, or null for none')
  return instant
}

function readDeadline(members: Members, member: Member): number | null {
  return readNullable(members, member, readInstant)
}

function readDisabled(members: Members, member: Member): 'principal' | 'user' | null {
  const value = members[member]
  if (value !== 'principal' && value !== 'user' && value !== null) {
    throw invalid(member, "must be 'principal', 'user' or null")
  }
  return value
}

function readVersion(members: Members, member: Member): number {
  const value = members[member]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalid(member, 'must be a whole number, 0 or more')
  }
  return value
}

function readScopes(members: Members, member: Member): readonly string[] {
  const value = members[member]
  if (!Array.isArray(value) || !value.every(isScopeName)) throw invalid(member, 'must be an array of scope names')
  return value
}

function readAllowlist(members: Members, member: Member): readonly string[] {
  const value = members[member]
  if (!Array.isArray(value) || value.length === 0 || !value.every((entry) => typeof entry === 'string')) {
    throw invalid(member, 'must be null or a non-empty array of strings')
  }
  return value
}

function matcherOf(allowlist: readonly string[], compile: ListCompilers): AddressMatcher {
  try {
    return compile.ranges(allowlist)
  } catch (cause) {
    throw invalid('ipAllowlist', 'holds an entry that is not an IP address or CIDR range', cause)
  }
}

function readNullable<T>(members: Members, member: Member, read: Read<T>): T | null {
  return members[member] === null ? null : read(members, member)
}

function nullable<T>(read: Read<T>): Read<T | null> {
  return (members, member) => readNullable(members, member, read)
}

/** Left out means that the table has no such notion. There but undefined is a mistake, and never means "all". */
function readOptional<T>(members: Members, member: Member, read: Read<T>): T | null {
  return member in members ? read(members, member) : null
}

/** What the lists in records are compiled with. */
export interface ListCompilers {
  readonly scopes: (names: readonly string[]) => ScopeSet
  /** Throws a RangeError as `compileRanges` does. */
  readonly ranges: (entries: readonly string[]) => AddressMatcher
}

/** Limit of all remembered lists. A limit of their number would allocate room for that many with every verifier. */
const REMEMBERED_CHARACTERS = 1_000_000
/** Added to the length of a list: the compiled form of a short list is longer than its text. */
const CHARACTERS_PER_LIST = 250

/** Many tokens have the same scopes and the same allowlist: they share the compiled form. */
export function createListCompilers(rules: ScopeRules): ListCompilers {
  return { scopes: remembering((names) => compileScopes(names, rules)), ranges: remembering(compileRanges) }
}

function remembering<V extends object>(compile: (list: readonly string[]) => V): (list: readonly string[]) => V {
  const remembered = new LRUCache<string, V>({
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_, key) => key.length + CHARACTERS_PER_LIST,
  })
  return (list) => {
    const key = JSON.stringify(list)
    const known = remembered.get(key)
    if (known !== undefined) return known
    const compiled = compile(list)
    remembered.set(key, compiled)
    return compiled
  }
}
