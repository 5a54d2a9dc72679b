import { randomBytes } from 'node:crypto'
import { inspect, types } from 'node:util'
import type { Awaitable } from '../async.ts'
import { type CredentialSyntax, matchesSyntax } from '../credential.ts'
import type { TokenRecord } from '../lookup/record.ts'
import type { ReadContext } from '../lookup/resolver.ts'
import { refuseUnknownOptions, wrongOption } from '../option-checks.ts'
import { digestToken, type Pepper, pepperedDigest } from './digest.ts'

/** How a kind of token looks and is digested. The first format that accepts a credential decides about it. */
export interface TokenFormat {
  readonly name: string
  /** In characters; a longer credential is malformed. */
  readonly maxLength: number
  readonly syntax: CredentialSyntax
  /** Shape only: prefix and length. */
  accepts(credential: string): boolean
  /** Checksum, keyed tag or signature. Asked on a cache miss only, before the resolver. */
  check(credential: string): Awaitable<boolean>
  /** The stored digests the credential may have, newest pepper first. */
  digests(credential: string): readonly string[]
  /**
   * For credentials that carry their record with them, such as JWTs: asked instead of the resolver, with the same time
   * limit, and remembered like its answers. The record has the first of the `digests`. `null` means that the
   * token is unknown, `false` that the credential is not genuine, which is not remembered: its key may be on the way;
   * `lookup.refuse` answers `false` and reports the reason. A throw answers 503 and is reported.
   */
  read?(credential: string, lookup: ReadContext): Awaitable<TokenRecord | null | undefined | false>
}

/** A token just made. It is redacted wherever it is printed, until `reveal` is called. */
export interface MintedToken {
  /** The one form to store. */
  readonly digest: string
  /** Prefix and last four characters, for people to tell tokens apart. */
  readonly hint: string
  /** The full secret string: show it once, store it nowhere. */
  reveal(): string
}

export interface MintingFormat extends TokenFormat {
  mint(token: {
    readonly id: string
    readonly scopes: readonly string[]
    readonly expiresAt: Date | null
  }): Awaitable<MintedToken>
}

/** patkit's own format: its checksum is verified without a lookup. */
export interface PrefixedFormat extends MintingFormat {
  check(credential: string): boolean
  mint(): MintedToken
}

export interface TokenFormatOptions {
  /** Groups of letters and digits joined by `_`, starting with a letter, at most 32 characters: `acme_pat`. */
  readonly prefix: string
  /** Keys to digest with, newest first: the first digests new tokens, all of them are asked for. */
  readonly peppers?: readonly Pepper[]
  /** Also ask for the plain SHA-256, for tokens stored before there were peppers. */
  readonly acceptUnpeppered?: boolean
}

export interface ImportedFormatOptions {
  readonly name: string
  readonly maxLength: number
  /** `visible` for tokens that RFC 6750 would refuse, such as `id|secret`. */
  readonly syntax?: CredentialSyntax
  /** Shape only; keep it linear. */
  readonly accepts: (credential: string) => boolean
  /** Checksum or signature, where the format has one. */
  readonly check?: (credential: string) => Awaitable<boolean>
  /** The part that was digested by the system the tokens come from; the whole credential by default. */
  readonly digestedPart?: (credential: string) => string
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE = ALPHABET.length
const RANDOM_LENGTH = 30
const CHECKSUM_LENGTH = 6
/** The largest multiple of 62 in a byte: bytes from it on would favour the first characters. */
const UNBIASED_BYTES = 256 - (256 % BASE)
/** By character code: whether it is a base62 digit. */
const BASE62 = Uint8Array.from({ length: 128 }, (_, code) => (ALPHABET.includes(String.fromCharCode(code)) ? 1 : 0))
/** Reversed polynomial 0x04C11DB7. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) =>
  Array.from({ length: 8 }).reduce<number>((value) => (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0), byte),
)
const PREFIX = /^(?=.{1,32}$)[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*$/
const PEPPER_ID = /^[A-Za-z0-9_-]{1,32}$/
const PEPPER_KEY_BYTES = 32
const HINT_LENGTH = 4
/** Room for a foreign token, so that one sent by mistake is called unknown (401) and not malformed (400). */
const MAX_CREDENTIAL_LENGTH = 1024

/**
 * The format of a team's own tokens: `prefix_`, 30 base62 characters from a CSPRNG (178 bits), 6 of base62 CRC-32.
 *
 * @example
 * ```ts
 * import { tokenFormat } from '@patkit/core'
 *
 * const format = tokenFormat({ prefix: 'acme_pat' })
 * const token = format.mint()
 * // Store `token.digest` and `token.hint`. Show the token once.
 * console.log(token.reveal())
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function tokenFormat(options: TokenFormatOptions): PrefixedFormat {
  const { prefix, peppers: _, acceptUnpeppered: __, ...unknown } = options
  refuseUnknownOptions(unknown, 'tokenFormat.')
  const start = `${validPrefix(prefix)}_`
  const length = start.length + RANDOM_LENGTH + CHECKSUM_LENGTH
  const digests = digester(options)
  return Object.freeze({
    name: prefix,
    maxLength: MAX_CREDENTIAL_LENGTH,
    syntax: 'token68',
    accepts: (credential) => credential.length === length && credential.startsWith(start),
    check: (credential) => hasChecksum(credential, start.length),
    digests,
    mint() {
      const body = randomBody()
      const token = `${start}${body}${base62(crc32(body, 0))}`
      return mintedToken(token, `${start}…${token.slice(-HINT_LENGTH)}`, digests(token)[0] as string)
    },
  } satisfies PrefixedFormat)
}

/**
 * A format for tokens of another system that stay valid. patkit never mints it.
 *
 * @example
 * ```ts
 * import { importedFormat } from '@patkit/core'
 *
 * const legacy = importedFormat({
 *   name: 'legacy',
 *   maxLength: 40,
 *   accepts: (credential) => /^[0-9a-f]{40}$/.test(credential),
 * })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function importedFormat(options: ImportedFormatOptions): TokenFormat {
  const { name, maxLength, syntax = 'token68', accepts, check = () => true, digestedPart = whole, ...unknown } = options
  refuseUnknownOptions(unknown, 'importedFormat.')
  if (typeof name !== 'string' || name === '') throw wrongOption('importedFormat.name', 'must be a non-empty string')
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    throw wrongOption('importedFormat.maxLength', 'must be a positive integer')
  }
  if (syntax !== 'token68' && syntax !== 'visible') {
    throw wrongOption('importedFormat.syntax', "must be 'token68' or 'visible'")
  }
  for (const [option, value] of Object.entries({ accepts, check, digestedPart })) {
    if (typeof value !== 'function') throw wrongOption(`importedFormat.${option}`, 'must be a function')
  }
  const digests = (credential: string) => [digestToken(digestedPart(credential))]
  return Object.freeze({ name, maxLength, syntax, accepts, check, digests })
}

/** The first format that a credential has the syntax, the length and the shape of. */
export function formatOf(credential: string, formats: readonly TokenFormat[]): TokenFormat | null {
  return (
    formats.find(
      (format) =>
        credential.length <= format.maxLength && matchesSyntax(credential, format.syntax) && format.accepts(credential),
    ) ?? null
  )
}

/** Whether any format has a syntax that a credential follows: one that follows none is malformed (400). */
export function isReadable(credential: string, formats: readonly TokenFormat[]): boolean {
  return formats.some((format) => matchesSyntax(credential, format.syntax))
}

function digester(options: TokenFormatOptions): (credential: string) => readonly string[] {
  if (options.peppers?.length === 0)
    throw wrongOption('tokenFormat.peppers', 'must not be empty: omit the option instead')
  const peppers = (options.peppers ?? []).map(validPepper)
  if (new Set(peppers.map(({ id }) => id)).size < peppers.length) {
    throw wrongOption('tokenFormat.peppers', 'must have different ids')
  }
  const plain = peppers.length === 0 || options.acceptUnpeppered === true
  return (credential) => {
    const digests = peppers.map((pepper) => pepperedDigest(credential, pepper))
    return plain ? [...digests, digestToken(credential)] : digests
  }
}

function validPrefix(prefix: string): string {
  if (typeof prefix === 'string' && PREFIX.test(prefix)) return prefix
  throw wrongOption(
    'tokenFormat.prefix',
    'must start with a letter and be letters and digits in groups joined by "_", at most 32 characters',
  )
}

function validPepper({ id, key }: Pepper): Pepper {
  if (typeof id !== 'string' || !PEPPER_ID.test(id))
    throw wrongOption('tokenFormat.peppers', 'must have ids of 1 to 32 letters, digits, "_" or "-"')
  if (!types.isUint8Array(key) || key.length < PEPPER_KEY_BYTES) {
    throw wrongOption('tokenFormat.peppers', `must have keys of at least ${PEPPER_KEY_BYTES} bytes: "${id}" is shorter`)
  }
  return { id, key: key.slice() }
}

function hasChecksum(credential: string, start: number): boolean {
  const end = start + RANDOM_LENGTH
  let value = crc32(credential, start)
  for (let index = end + CHECKSUM_LENGTH - 1; index >= end; index--) {
    const rest = Math.floor(value / BASE)
    if (credential.charCodeAt(index) !== ALPHABET.charCodeAt(value - rest * BASE)) return false
    value = rest
  }
  return true
}

/** CRC-32 (ISO-HDLC, as in gzip) of the 30 characters from `start` on, or `NaN` if one of them is not base62. */
function crc32(text: string, start: number): number {
  let value = -1
  for (let index = start; index < start + RANDOM_LENGTH; index++) {
    const code = text.charCodeAt(index)
    if (BASE62[code] !== 1) return Number.NaN
    value = (CRC_TABLE[(value ^ code) & 0xff] as number) ^ (value >>> 8)
  }
  return ~value >>> 0
}

function base62(value: number): string {
  let rest = value
  let digits = ''
  while (digits.length < CHECKSUM_LENGTH) {
    digits = ALPHABET.charAt(rest % BASE) + digits
    rest = Math.floor(rest / BASE)
  }
  return digits
}

function randomBody(): string {
  let body = ''
  while (body.length < RANDOM_LENGTH) {
    for (const byte of randomBytes(RANDOM_LENGTH - body.length)) {
      if (byte < UNBIASED_BYTES) body += ALPHABET.charAt(byte % BASE)
    }
  }
  return body
}

/**
 * Wraps a token so that it shows its hint wherever it is printed. For formats of your own.
 *
 * @example
 * ```ts
 * import { digestToken } from '@patkit/core'
 * import { mintedToken } from '@patkit/core/adapter'
 *
 * const token = crypto.randomUUID()
 * const minted = mintedToken(token, `…${token.slice(-4)}`, digestToken(token))
 * console.log(minted.digest, minted.reveal())
 * ```
 */
export function mintedToken(token: string, hint: string, digest: string): MintedToken {
  const redacted = () => hint
  return Object.freeze({
    digest,
    hint,
    reveal: () => token,
    toString: redacted,
    toJSON: redacted,
    [inspect.custom]: redacted,
  })
}

function whole(credential: string): string {
  return credential
}
