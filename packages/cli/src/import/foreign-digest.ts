/** How a system writes its digests down. */
export type DigestEncoding = 'hex' | 'base64' | 'base64url'

const SHAPES: Readonly<Record<DigestEncoding, RegExp>> = {
  hex: /^[0-9A-Fa-f]{64}$/,
  base64: /^[A-Za-z0-9+/]{43}=?$/,
  base64url: /^[A-Za-z0-9_-]{43}=?$/,
}
const SHA512 = /^(?:[0-9A-Fa-f]{128}|[A-Za-z0-9+/_-]{86}(?:==)?)$/
const PASSWORD_HASH = /^(?:\$[0-9a-z-]+\$|pbkdf2|scrypt)/i

/** A SHA-256 digest in lower-case hex, or the reason why the value is invalid. */
export type DigestReading = { readonly digest: string } | { readonly problem: string }

/**
 * Reads a digest by its length and alphabet. A random token of exactly 32 bytes looks like one, and nothing can tell
 * the two apart; anything else is refused.
 */
export function readDigest(text: string, encodings: readonly DigestEncoding[]): DigestReading {
  const encoding = encodings.find((candidate) => SHAPES[candidate].test(text))
  if (encoding === 'hex') return { digest: text.toLowerCase() }
  const bytes = encoding === undefined ? null : Buffer.from(text, encoding)
  // Unused bits that are set are no digest's: another text would then be the same one.
  if (bytes !== null && encoding !== undefined && isExact(bytes, text, encoding))
    return { digest: bytes.toString('hex') }
  return { problem: problemOf(text, encodings) }
}

function isExact(bytes: Buffer, text: string, encoding: DigestEncoding): boolean {
  return bytes.toString(encoding).replace('=', '') === text.replace('=', '')
}

function problemOf(text: string, encodings: readonly DigestEncoding[]): string {
  if (SHA512.test(text)) return 'is a SHA-512 digest, and tokens are looked up by SHA-256'
  if (PASSWORD_HASH.test(text)) return 'is a password hash: a token cannot be looked up by one'
  return `is not a SHA-256 digest in ${encodings.join(' or ')}: tokens themselves are not imported, only their digests`
}
