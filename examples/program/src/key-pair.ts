import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'

const SPKI = { type: 'spki', format: 'der' } as const
const PKCS8 = { type: 'pkcs8', format: 'der' } as const

/**
 * New keys for signing JWTs. They are copies: Node.js 20 may wait for itself without end when the JWK of a key is made,
 * as jose does it, while the job that made the key is collected as garbage.
 */
export function newKeyPair(curve: 'P-256' | 'Ed25519'): KeyPairKeyObjectResult {
  const made = curve === 'P-256' ? generateKeyPairSync('ec', { namedCurve: curve }) : generateKeyPairSync('ed25519')
  return {
    publicKey: createPublicKey({ key: made.publicKey.export(SPKI), ...SPKI }),
    privateKey: createPrivateKey({ key: made.privateKey.export(PKCS8), ...PKCS8 }),
  }
}
