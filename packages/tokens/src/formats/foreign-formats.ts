import { crc32 } from 'node:zlib'
import { digestToken, importedFormat, type TokenFormat } from '@patkit/core'
import { type CredentialSyntax, refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'

/** The prefix of tokens, or several; `''` for none. */
type Prefixes = string | readonly string[]
/** The number of characters after the prefix, or the least and the most. */
type Length = number | readonly [least: number, most: number]

export interface Sha256FormatOptions {
  /** Default `sha256`. */
  readonly name?: string
  /** Default none. Tokens that begin with one of these are looked up, and no others. */
  readonly prefix?: Prefixes
  /** In characters, the prefix not counted. */
  readonly length: Length
  /** The characters behind the prefix. Default letters, digits, `-` and `_`. */
  readonly alphabet?: string
  /** `visible` for tokens that RFC 6750 would refuse. Default `token68`. */
  readonly syntax?: CredentialSyntax
}

export interface SanctumFormatOptions {
  /** The configured `token_prefix`, or several where it was changed. Tokens made before there was one have none. */
  readonly prefix?: Prefixes
  /** `ignored` where tokens of Sanctum 3.2.6 exist, which have another checksum. Default `crc32b`. */
  readonly checksum?: 'crc32b' | 'ignored'
}

export interface BetterAuthFormatOptions {
  /** `defaultPrefix`, and what keys were given instead of it. Default none. */
  readonly prefix?: Prefixes
  /** `defaultKeyLength`. Default 64. */
  readonly length?: Length
}

export interface UnkeyFormatOptions {
  /** The prefixes that keys were made with, without the `_` behind them. Default none. */
  readonly prefix?: Prefixes
  /** `byteLength` of the keys, or the least and the most. Default 16. */
  readonly bytes?: Length
}

export interface KeypalFormatOptions {
  /** Default none. */
  readonly prefix?: Prefixes
  /** Default 32. */
  readonly length?: Length
  /** Default letters and digits. */
  readonly alphabet?: string
  /** The configured `salt`, as it was given to keypal. */
  readonly salt?: string
}

interface Shape {
  readonly prefixes: readonly string[]
  readonly alphabet: string
  readonly least: number
  readonly most: number
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE62 = `${LETTERS}0123456789`
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Visible ASCII without the comma, which joins header lines. */
const VISIBLE = /^[\x21-\x2b\x2d-\x7e]*$/
const LONGEST_PREFIX = 64
const LONGEST_BODY = 1024
/** A number as databases write it, or the UUID or ULID of a model that has those. */
const SANCTUM_ID = '(?!0\\d+\\|)[0-9A-Za-z-]{1,36}'
const LONGEST_SANCTUM_ID = 36
const SANCTUM_ENTROPY = 40
/** Before September 2020. */
const SANCTUM_ENTROPY_ONCE = 80
const CRC_DIGITS = 8
/** Characters of base58 a byte: log 256 / log 58. */
const BASE58_DIGITS = 1.3658
/** Keys of Unkey's first generation have a version and a length in front of the random bytes. */
const UNKEY_HEADER_BYTES = 2

/**
 * Tokens of a system that stores the SHA-256 of the whole token, in any encoding.
 *
 * @example
 * ```ts
 * import { sha256Format } from '@patkit/tokens'
 *
 * const format = sha256Format({ name: 'legacy', prefix: 'key_', length: 40 })
 * console.log(format.name)
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function sha256Format(options: Sha256FormatOptions): TokenFormat {
  const { name = 'sha256', prefix, length, alphabet = `${BASE62}-_`, syntax = 'token68', ...unknown } = options
  refuseUnknownOptions(unknown, 'sha256Format.')
  return shaped('sha256Format', name, shapeOf('sha256Format', prefix, length, alphabet), { syntax })
}

/**
 * Tokens of Laravel Sanctum: `id|secret`, of which the secret is digested, or the secret alone. A secret is the
 * configured prefix, 40 letters and digits, and eight of checksum (since 3.2.6), which is checked before a lookup.
 *
 * The id is not compared: the holder of a token can write it with other ids as well. It stays the same token in events,
 * limits and revocations, and each spelling is looked up and cached separately.
 *
 * @example
 * ```ts
 * import { sanctumFormat } from '@patkit/tokens'
 *
 * const format = sanctumFormat({ prefix: 'acme_' })
 * console.log(format.name)
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function sanctumFormat(options: SanctumFormatOptions = {}): TokenFormat {
  const { prefix, checksum = 'crc32b', ...unknown } = options
  refuseUnknownOptions(unknown, 'sanctumFormat.')
  if (checksum !== 'crc32b' && checksum !== 'ignored') {
    throw wrongOption('sanctumFormat.checksum', "must be 'crc32b' or 'ignored'")
  }
  const prefixes = validPrefixes('sanctumFormat', prefix)
  const entropy = `[A-Za-z0-9]{${SANCTUM_ENTROPY}}`
  const checked = new RegExp(`^(?:${alternatives(prefixes)})?(${entropy})([0-9a-f]{${CRC_DIGITS}})$`)
  const shape = new RegExp(
    `^(?:${SANCTUM_ID}\\|)?(?:(?:${alternatives(prefixes)})?${entropy}[0-9a-f]{${CRC_DIGITS}}|${entropy}|[A-Za-z0-9]{${SANCTUM_ENTROPY_ONCE}})$`,
  )
  return importedFormat({
    name: 'sanctum',
    syntax: 'visible',
    maxLength: LONGEST_SANCTUM_ID + 1 + longest(prefixes) + SANCTUM_ENTROPY_ONCE,
    accepts: (credential) => shape.test(credential),
    check(credential) {
      const [, random, sum] = checksum === 'ignored' ? [] : (checked.exec(behindId(credential)) ?? [])
      return random === undefined || crc32(random).toString(16).padStart(CRC_DIGITS, '0') === sum
    },
    digestedPart: behindId,
  })
}

/**
 * API keys of better-auth: a prefix and letters, digested as a whole. Keys of a `customKeyGenerator` are for
 * `sha256Format`.
 *
 * @example
 * ```ts
 * import { betterAuthFormat } from '@patkit/tokens'
 *
 * const format = betterAuthFormat({ prefix: 'acme_' })
 * console.log(format.name)
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function betterAuthFormat(options: BetterAuthFormatOptions = {}): TokenFormat {
  const { prefix, length = 64, ...unknown } = options
  refuseUnknownOptions(unknown, 'betterAuthFormat.')
  return shaped('betterAuthFormat', 'better-auth', shapeOf('betterAuthFormat', prefix, length, LETTERS))
}

/**
 * Keys of Unkey: `prefix_` and base58, digested as a whole.
 *
 * @example
 * ```ts
 * import { unkeyFormat } from '@patkit/tokens'
 *
 * const format = unkeyFormat({ prefix: 'acme' })
 * console.log(format.name)
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function unkeyFormat(options: UnkeyFormatOptions = {}): TokenFormat {
  const { prefix = '', bytes = 16, ...unknown } = options
  refuseUnknownOptions(unknown, 'unkeyFormat.')
  const [least, most] = validLength('unkeyFormat', 'bytes', bytes)
  const prefixes = [prefix].flat().map((text) => (text === '' ? '' : `${text}_`))
  // A leading byte of zero is one digit, any other bytes are more.
  const digits: Length = [least, Math.ceil((most + UNKEY_HEADER_BYTES) * BASE58_DIGITS)]
  return shaped('unkeyFormat', 'unkey', shapeOf('unkeyFormat', prefixes, digits, BASE58))
}

/**
 * Keys of keypal: a prefix and letters and digits, digested as a whole with the salt behind it, where there is one. It
 * has to digest with SHA-256, which is its default.
 *
 * @example
 * ```ts
 * import { keypalFormat } from '@patkit/tokens'
 *
 * const format = keypalFormat({ prefix: 'ak_' })
 * console.log(format.name)
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function keypalFormat(options: KeypalFormatOptions = {}): TokenFormat {
  const { prefix, length = 32, alphabet = BASE62, salt = '', ...unknown } = options
  refuseUnknownOptions(unknown, 'keypalFormat.')
  if (typeof salt !== 'string') throw wrongOption('keypalFormat.salt', 'must be a string')
  // keypal digests the salt itself first, and takes the hexadecimal digits for it.
  const suffix = salt === '' ? '' : digestToken(salt)
  const shape = shapeOf('keypalFormat', prefix, length, alphabet)
  return shaped('keypalFormat', 'keypal', shape, { digestedPart: (credential) => `${credential}${suffix}` })
}

function shaped(
  caller: string,
  name: string,
  { prefixes, alphabet, least, most }: Shape,
  more: { readonly syntax?: CredentialSyntax; readonly digestedPart?: (credential: string) => string } = {},
): TokenFormat {
  if (typeof name !== 'string' || name === '') throw wrongOption(`${caller}.name`, 'must be a non-empty string')
  const pattern = new RegExp(`^(?:${alternatives(prefixes)})[${escaped(alphabet)}]{${least},${most}}$`)
  return importedFormat({
    name,
    maxLength: longest(prefixes) + most,
    accepts: (credential) => pattern.test(credential),
    ...more,
  })
}

/** The unit of each length. */
const COUNTED = { length: 'characters after the prefix', bytes: 'random bytes before they are encoded' } as const

function shapeOf(caller: string, prefix: Prefixes | undefined, length: Length, alphabet: string): Shape {
  const [least, most] = validLength(caller, 'length', length)
  if (typeof alphabet !== 'string' || alphabet === '' || !VISIBLE.test(alphabet)) {
    throw wrongOption(`${caller}.alphabet`, 'must be visible ASCII characters without the comma')
  }
  return { prefixes: validPrefixes(caller, prefix), alphabet, least, most }
}

function validPrefixes(caller: string, prefix: Prefixes = ''): readonly string[] {
  const prefixes = [prefix].flat()
  const isValid = (text: unknown) => typeof text === 'string' && text.length <= LONGEST_PREFIX && VISIBLE.test(text)
  if (prefixes.length > 0 && prefixes.every(isValid)) return prefixes
  throw wrongOption(
    `${caller}.prefix`,
    `must be at most ${LONGEST_PREFIX} visible ASCII characters without the comma, or an array of such texts`,
  )
}

function validLength(caller: string, option: keyof typeof COUNTED, length: Length): readonly [number, number] {
  const [least, most] = typeof length === 'object' ? length : [length, length]
  const isValid = Number.isSafeInteger(least) && Number.isSafeInteger(most) && 1 <= least && least <= most
  if (isValid && most <= LONGEST_BODY) return [least, most]
  throw wrongOption(
    `${caller}.${option}`,
    `must be a whole number of ${COUNTED[option]} from 1 to ${LONGEST_BODY}, or [least, most]`,
  )
}

function behindId(credential: string): string {
  return credential.slice(credential.indexOf('|') + 1)
}

function longest(prefixes: readonly string[]): number {
  return Math.max(...prefixes.map((prefix) => prefix.length))
}

function alternatives(prefixes: readonly string[]): string {
  return prefixes.map(escaped).join('|')
}

/** Escaped for use inside and outside of a character class. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
