/** What a signature of an algorithm is verified with. */
export interface KeyKind {
  readonly kty: 'oct' | 'RSA' | 'EC' | 'OKP'
  readonly crv?: string
  /** The least size of a key: RFC 7518 §3.2 for secrets, §3.3 and §3.5 for RSA. */
  readonly bits?: number
  /** The one algorithm of a `CryptoKey`, as Web Crypto calls it. */
  readonly web: string
}

export type JwtAlgorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/** The signatures that can be accepted (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). `none` is no signature. */
export const ALGORITHMS: Readonly<Record<JwtAlgorithm, KeyKind>> = {
  HS256: { kty: 'oct', bits: 256, web: 'HMAC SHA-256' },
  HS384: { kty: 'oct', bits: 384, web: 'HMAC SHA-384' },
  HS512: { kty: 'oct', bits: 512, web: 'HMAC SHA-512' },
  RS256: { kty: 'RSA', bits: 2048, web: 'RSASSA-PKCS1-v1_5 SHA-256' },
  RS384: { kty: 'RSA', bits: 2048, web: 'RSASSA-PKCS1-v1_5 SHA-384' },
  RS512: { kty: 'RSA', bits: 2048, web: 'RSASSA-PKCS1-v1_5 SHA-512' },
  PS256: { kty: 'RSA', bits: 2048, web: 'RSA-PSS SHA-256' },
  PS384: { kty: 'RSA', bits: 2048, web: 'RSA-PSS SHA-384' },
  PS512: { kty: 'RSA', bits: 2048, web: 'RSA-PSS SHA-512' },
  ES256: { kty: 'EC', crv: 'P-256', web: 'ECDSA P-256' },
  ES384: { kty: 'EC', crv: 'P-384', web: 'ECDSA P-384' },
  ES512: { kty: 'EC', crv: 'P-521', web: 'ECDSA P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', web: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', web: 'Ed25519' },
}

export function isAlgorithm(value: unknown): value is JwtAlgorithm {
  return typeof value === 'string' && Object.hasOwn(ALGORITHMS, value)
}

/** Whether a signature can be made with the key that verifies it. */
export function isSymmetric(algorithm: JwtAlgorithm): boolean {
  return ALGORITHMS[algorithm].kty === 'oct'
}
