import { createPublicKey, type KeyObject } from 'node:crypto'
import { types } from 'node:util'
import type { CryptoKey, JWK } from 'jose'
import { ALGORITHMS, type JwtAlgorithm } from './algorithms.ts'

/** A public key, or the bytes of a shared secret. */
export type JwtKey = KeyObject | CryptoKey | JWK | Uint8Array

const SPKI = { type: 'spki', format: 'der' } as const

/** The parts of a Web Crypto key that are checked. */
interface WebAlgorithm {
  readonly name: string
  readonly hash?: { readonly name: string }
  readonly namedCurve?: string
  readonly modulusLength?: number
  readonly length?: number
}

/**
 * A copy of a key that every one of the algorithms can be verified with.
 *
 * @throws TypeError whose message goes on from the name of the option
 */
export function issuerKey(given: JwtKey, algorithms: readonly JwtAlgorithm[]): JwtKey {
  const key = types.isKeyObject(given) ? copyOf(given) : given
  const fits = fitting(key)
  for (const algorithm of algorithms) {
    if (!fits(algorithm)) throw new TypeError(`cannot verify ${algorithm}`)
  }
  if (types.isUint8Array(key)) return key.slice()
  return isJwk(key) ? Object.freeze({ ...key }) : key
}

type Fits = (algorithm: JwtAlgorithm) => boolean

function fitting(key: JwtKey): Fits {
  if (types.isUint8Array(key)) return secretFits(key)
  if (types.isKeyObject(key)) return jwkFits(exported(key))
  if (isCryptoKey(key)) return cryptoKeyFits(key)
  if (isJwk(key)) return jwkFits(key)
  throw new TypeError('must be a KeyObject, a CryptoKey, a JWK or the bytes of a secret')
}

/**
 * Node.js 20 locks a key while its JWK is made, as jose and this file do it. `generateKeyPairSync` locks its keys once
 * more when its job is collected as garbage: where that happens meanwhile, the process waits for itself without end.
 */
function copyOf(key: KeyObject): KeyObject {
  if (key.type === 'private') throw privateKey()
  return key.type === 'public' ? createPublicKey({ key: key.export(SPKI), ...SPKI }) : key
}

function privateKey(): TypeError {
  return new TypeError('must be a public key, not a private one')
}

function exported(key: KeyObject): JWK {
  try {
    return key.export({ format: 'jwk' }) as JWK
  } catch {
    throw new TypeError('is of a type that JWT signatures do not use')
  }
}

function jwkFits(jwk: JWK): Fits {
  if ('d' in jwk) throw privateKey()
  const { kty, k = '', n = '', crv, alg, use = 'sig' } = jwk
  const isMeantFor = (algorithm: JwtAlgorithm) => use === 'sig' && (alg ?? algorithm) === algorithm
  if (kty === 'oct') {
    const fits = secretFits(Buffer.from(k, 'base64url'))
    return (algorithm) => isMeantFor(algorithm) && fits(algorithm)
  }
  const modulusBits = Buffer.from(n, 'base64url').length * 8
  return (algorithm) => {
    const kind = ALGORITHMS[algorithm]
    return isMeantFor(algorithm) && kind.kty === kty && kind.crv === crv && modulusBits >= (kind.bits ?? 0)
  }
}

function cryptoKeyFits(key: CryptoKey): Fits {
  // A private key is for signing.
  if (!key.usages.includes('verify')) throw new TypeError('must have the usage "verify"')
  const { name, hash, namedCurve, modulusLength, length } = key.algorithm as WebAlgorithm
  const web = [name, namedCurve ?? hash?.name].filter((part) => part !== undefined).join(' ')
  const bits = modulusLength ?? length ?? 0
  return (algorithm) => ALGORITHMS[algorithm].web === web && bits >= (ALGORITHMS[algorithm].bits ?? 0)
}

function secretFits(bytes: Uint8Array): Fits {
  if (isKeyFile(bytes)) throw new TypeError('must be a shared secret, not a key file')
  return (algorithm) => {
    const { kty, bits = 0 } = ALGORITHMS[algorithm]
    return kty === 'oct' && bytes.length * 8 >= bits
  }
}

/**
 * Whether bytes are a file of a public key: used as a secret, it would let every holder of the public key sign (RFC 8725
 * §2.1).
 */
function isKeyFile(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1')
  if (/-----BEGIN |^\s*(?:ssh-|ecdsa-)|"kty"/.test(text)) return true
  return (['spki', 'pkcs1'] as const).some((type) => isDer(bytes, type))
}

function isDer(bytes: Uint8Array, type: 'spki' | 'pkcs1'): boolean {
  try {
    return createPublicKey({ key: Buffer.from(bytes), format: 'der', type }) !== null
  } catch {
    return false
  }
}

function isCryptoKey(key: object): key is CryptoKey {
  return Object.prototype.toString.call(key) === '[object CryptoKey]'
}

function isJwk(key: unknown): key is JWK {
  return typeof (key as JWK | null)?.kty === 'string'
}
