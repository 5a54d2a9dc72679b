import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync, KeyObject } from 'node:crypto'
import { type JwtAlgorithm, type JwtIssuer, type JwtKey, jwtFormat } from '@patkit/jwt'
import { importJWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { createApi, publicIssuer, sharedIssuer } from './api.ts'
import { CLAIMS, type KeyPair, keyPair, SECRET, SHARED, sign, signText } from './issuer.ts'

let rsa: KeyPair
let pss: KeyPair
let ec: KeyPair
let ec384: KeyPair
let ed: KeyPair
beforeAll(async () => {
  rsa = await keyPair('r1')
  pss = await keyPair('p1', 'PS256')
  ec = await keyPair('e1', 'ES256')
  ec384 = await keyPair('e2', 'ES384')
  ed = await keyPair('d1', 'EdDSA')
})

const publicKeyObject = (pair: KeyPair) => createPublicKey({ key: pair.publicJwk as never, format: 'jwk' })

/** By way of a copy, for which the job that made the key does not wait. */
const jwkOf = (key: KeyObject) => {
  const der = { type: 'spki', format: 'der' } as const
  return createPublicKey({ key: key.export(der), ...der }).export({ format: 'jwk' })
}

/** The forms in which a public key lies about. */
function publicForms({ publicJwk }: KeyPair): readonly (readonly [string, Buffer])[] {
  const key = createPublicKey({ key: publicJwk as never, format: 'jwk' })
  return [
    ['PEM', Buffer.from(key.export({ type: 'spki', format: 'pem' }))],
    ['PEM with something before it', Buffer.from(`\n  ${key.export({ type: 'spki', format: 'pem' })}`)],
    ['DER', key.export({ type: 'spki', format: 'der' })],
    ['JWK', Buffer.from(JSON.stringify(publicJwk))],
  ]
}

describe('every algorithm is verified with the key of its issuer', () => {
  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const)('%s', async (alg) => {
    const pair = await keyPair('k', alg)
    for (const key of [pair.publicJwk, publicKeyObject(pair), (await importJWK(pair.publicJwk, alg)) as JwtKey]) {
      const api = createApi([publicIssuer(key, [alg])])
      expect(await api.outcome(await sign(pair))).toBe('allowed')
      expect(await api.outcome(await sign(await keyPair('k', alg)))).toBe('malformed_token')
    }
  })

  test.each([SECRET, createSecretKey(SECRET), { kty: 'oct', k: Buffer.from(SECRET).toString('base64url') } as const])(
    'HS256 with a secret of another form',
    async (key) => {
      const api = createApi([publicIssuer(key, ['HS256'])])
      expect(await api.outcome(await sign(SHARED))).toBe('allowed')
      const other = { ...SHARED, privateKey: SECRET.map((byte) => byte + 1) }
      expect(await api.outcome(await sign(other))).toBe('malformed_token')
    },
  )

  test('a Web Crypto secret is one, too', async () => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', SECRET, algorithm, false, ['verify'])
    expect(await createApi([publicIssuer(key, ['HS256'])]).outcome(await sign(SHARED))).toBe('allowed')
  })
})

describe('algorithm confusion (RFC 8725 §2.1)', () => {
  test('a JWT signed with the public key as a secret is refused', async () => {
    const api = createApi([publicIssuer(rsa.publicJwk, ['RS256'])])
    for (const [, secret] of publicForms(rsa)) {
      for (const header of [
        { alg: 'HS256', typ: 'at+jwt' },
        { alg: 'HS256', typ: 'at+jwt', kid: 'r1' },
      ]) {
        const input = [JSON.stringify(header), JSON.stringify(CLAIMS)]
          .map((part) => Buffer.from(part).toString('base64url'))
          .join('.')
        const forged = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
        expect(await api.outcome(forged)).toBe('malformed_token')
      }
    }
    expect(api.faults).toEqual([])
  })

  test.each(['none', 'None', 'NONE', 'nOnE', '', undefined, null, 7, ['HS256'], 'HS255', 'constructor', '__proto__'])(
    'the algorithm %j is refused, signed or not',
    async (alg) => {
      const api = createApi()
      const signed = await signText(JSON.stringify(CLAIMS), { alg, typ: 'at+jwt' })
      expect(await api.outcome(signed)).toBe('malformed_token')
      expect(await api.outcome(`${signed.slice(0, signed.lastIndexOf('.'))}.`)).toBe('malformed_token')
      expect(await api.outcome(`${signed.slice(0, signed.lastIndexOf('.'))}.AA`)).toBe('malformed_token')
    },
  )

  test('an algorithm that the key could be used with, but is not allowed, is refused', async () => {
    const api = createApi([publicIssuer(publicKeyObject(pss), ['RS256'])])
    expect(await api.outcome(await sign(pss))).toBe('malformed_token')
  })

  test('a profile is chosen by iss alone: no key is tried on the tokens of another issuer', async () => {
    const other = 'https://other.example/'
    const api = createApi([publicIssuer(rsa.publicJwk, ['RS256']), sharedIssuer({ issuer: other })])
    expect(await api.outcome(await sign(rsa))).toBe('allowed')
    expect(await api.outcome(await sign(SHARED, { iss: other }))).toBe('allowed')
    expect(await api.outcome(await sign(SHARED))).toBe('malformed_token')
    expect(await api.outcome(await sign(rsa, { iss: other }))).toBe('malformed_token')
  })

  test('keys that a header brings or names are not looked at (RFC 8725 §3.10)', async () => {
    const own = await keyPair('own')
    const api = createApi([publicIssuer(rsa.publicJwk, ['RS256'])])
    for (const header of [{ jwk: own.publicJwk }, { jku: 'http://127.0.0.1:9/' }, { x5u: 'http://127.0.0.1:9/' }]) {
      expect(await api.outcome(await sign(own, {}, header))).toBe('malformed_token')
    }
  })
})

describe('at construction', () => {
  const refused = (issuer: JwtIssuer, option: string) => {
    expect(() => jwtFormat({ issuers: [issuer] })).toThrow(TypeError)
    expect(() => jwtFormat({ issuers: [issuer] })).toThrow(`"issuers[0].${option}"`)
  }

  test.each<readonly (readonly string[])[]>([
    [['none']],
    [['HS256', 'none']],
    [['HS256', 'RS256']],
    [['ES256', 'HS512']],
    [['rs256']],
    [['RSA-OAEP']],
    [[]],
  ])('the algorithms %j are refused', (algorithms) => {
    refused(sharedIssuer({ algorithms: algorithms as never }), 'algorithms')
  })

  test('shared secrets cannot be published', () => {
    const { key: _, ...rules } = sharedIssuer()
    refused({ ...rules, jwks: 'https://idp.example/jwks' } as JwtIssuer, 'algorithms')
  })

  test('a public key is not a shared secret, in any form', () => {
    refused(publicIssuer(rsa.publicJwk, ['HS256']), 'key')
    refused(publicIssuer(publicKeyObject(rsa), ['HS256']), 'key')
    for (const pair of [rsa, ec, ed]) {
      for (const [, bytes] of publicForms(pair)) {
        refused(publicIssuer(bytes, ['HS256']), 'key')
        refused(publicIssuer(new Uint8Array(bytes), ['HS256']), 'key')
        refused(publicIssuer(createSecretKey(bytes), ['HS256']), 'key')
        refused(publicIssuer({ kty: 'oct', k: bytes.toString('base64url') }, ['HS256']), 'key')
      }
    }
    const pkcs1 = publicKeyObject(rsa).export({ type: 'pkcs1', format: 'der' })
    refused(publicIssuer(pkcs1, ['HS256']), 'key')
    refused(publicIssuer(Buffer.from(`ssh-ed25519 ${'A'.repeat(64)}`), ['HS256']), 'key')
  })

  test('a secret is no public key', () => {
    refused(publicIssuer(SECRET, ['RS256']), 'key')
    refused(publicIssuer(createSecretKey(SECRET), ['RS256']), 'key')
  })

  test.each<readonly [number, JwtAlgorithm]>([
    [31, 'HS256'],
    [47, 'HS384'],
    [63, 'HS512'],
    [0, 'HS256'],
  ])('a secret of %i bytes is too short for %s (RFC 7518 §3.2)', (length, algorithm) => {
    refused(publicIssuer(new Uint8Array(length), [algorithm]), 'key')
    if (length > 0)
      expect(() => jwtFormat({ issuers: [publicIssuer(new Uint8Array(length + 1), [algorithm])] })).not.toThrow()
  })

  test('a private key does not belong here', async () => {
    const jwk = KeyObject.from(rsa.privateKey as never).export({ format: 'jwk' })
    refused(publicIssuer(jwk as JwtKey, ['RS256']), 'key')
    refused(publicIssuer(KeyObject.from(rsa.privateKey as never), ['RS256']), 'key')
    refused(publicIssuer(rsa.privateKey as JwtKey, ['RS256']), 'key')
  })

  test('a key fits every algorithm of its profile', async () => {
    refused(publicIssuer(ec.publicJwk, ['RS256']), 'key')
    refused(publicIssuer(ec384.publicJwk, ['ES256']), 'key')
    refused(publicIssuer(publicKeyObject(ec), ['ES256', 'EdDSA']), 'key')
    refused(publicIssuer({ ...rsa.publicJwk, alg: 'RS512' }, ['RS256']), 'key')
    refused(publicIssuer({ ...rsa.publicJwk, use: 'enc' }, ['RS256']), 'key')
    refused(publicIssuer((await importJWK(rsa.publicJwk, 'RS512')) as JwtKey, ['RS256']), 'key')
    refused(publicIssuer((await importJWK(rsa.publicJwk, 'PS256')) as JwtKey, ['RS256']), 'key')
    expect(() => jwtFormat({ issuers: [publicIssuer(publicKeyObject(rsa), ['RS256', 'PS512'])] })).not.toThrow()
    expect(() => jwtFormat({ issuers: [publicIssuer(ed.publicJwk, ['EdDSA', 'Ed25519'])] })).not.toThrow()
  })

  test('an RSA key has 2048 bits or more (RFC 7518 §3.3)', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    refused(publicIssuer(publicKey, ['RS256']), 'key')
    refused(publicIssuer(jwkOf(publicKey) as JwtKey, ['RS256']), 'key')
  })

  test('a Web Crypto key has the same sizes, and is for verifying', async () => {
    const short = { name: 'HMAC', hash: 'SHA-256', length: 248 }
    refused(publicIssuer((await crypto.subtle.generateKey(short, true, ['verify'])) as JwtKey, ['HS256']), 'key')
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = jwkOf(publicKey)
    refused(publicIssuer((await importJWK(jwk as never, 'RS256')) as JwtKey, ['RS256']), 'key')
    const rs256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const useless = await crypto.subtle.importKey('jwk', rsa.publicJwk as never, rs256, true, [])
    refused(publicIssuer(useless as JwtKey, ['RS256']), 'key')
  })

  test('keys that JWTs are not signed with are refused', async () => {
    const dsa = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
    refused(publicIssuer(dsa.publicKey, ['RS256']), 'key')
    refused(publicIssuer(generateKeyPairSync('x25519').publicKey, ['EdDSA']), 'key')
    const algorithm = { name: 'AES-GCM', length: 256 }
    refused(publicIssuer((await crypto.subtle.generateKey(algorithm, true, ['encrypt'])) as JwtKey, ['HS256']), 'key')
  })

  test.each([null, 'a secret of at least thirty-two characters', 7, {}, []])('%j is no key', (key) => {
    refused(publicIssuer(key as never, ['HS256']), 'key')
  })

  test('a key is copied: later changes to it have no effect', async () => {
    const secret = SECRET.slice()
    const jwk = { ...rsa.publicJwk }
    const api = createApi([
      publicIssuer(secret, ['HS256']),
      { ...publicIssuer(jwk, ['RS256']), issuer: 'https://b.example/' },
    ])
    secret.fill(0)
    jwk.n = 'AQAB'
    expect(await api.outcome(await sign(SHARED))).toBe('allowed')
    expect(await api.outcome(await sign(rsa, { iss: 'https://b.example/' }))).toBe('allowed')
  })
})
