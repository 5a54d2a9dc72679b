import { digestToken, importedFormat, type TokenRecord } from '@patkit/core'
import { expect, test } from 'vitest'
import { bearing, createApi, reader } from './api.ts'

const format = importedFormat({ name: 'counted', maxLength: 20, accepts: (credential) => credential.startsWith('t') })

/** Two credentials whose SHA-256 have the 31 bits in common by which the cache finds a lookup. */
function pairOfOneSlot(): readonly [string, string] {
  const seen = new Map<number, string>()
  for (let count = 0; ; count++) {
    const credential = `t${count}`
    const slot = Buffer.from(digestToken(credential), 'hex').readUInt32LE() & 0x7fff_ffff
    const other = seen.get(slot)
    if (other !== undefined) return [other, credential]
    seen.set(slot, credential)
  }
}

function recordFor(credential: string): TokenRecord {
  const digest = digestToken(credential)
  return { id: credential, digest, scopes: [], expiresAt: null, revokedAt: null, ipAllowlist: null, userId: null }
}

const [first, second] = pairOfOneSlot()

test('two tokens of one slot of the cache are each answered by their own record', async () => {
  const api = createApi({ format })
  for (const credential of [first, second]) api.table.set(digestToken(credential), recordFor(credential))
  for (const credential of [first, second, first, second, second]) {
    const decision = await api.verifier.verify(bearing(credential), reader)
    expect(decision).toMatchObject({ ok: true, grant: { record: { id: credential } } })
  }
  expect(api.asked).toHaveLength(4)
})

test('an unknown token does not take the slot of one that works', async () => {
  const api = createApi({ format })
  api.table.set(digestToken(first), recordFor(first))
  expect(await api.outcome(bearing(first))).toBe('allowed')
  expect(await api.outcome(bearing(second))).toBe('unknown_token')
  expect(await api.outcome(bearing(first))).toBe('allowed')
  expect(await api.outcome(bearing(second))).toBe('unknown_token')
  expect(api.asked).toHaveLength(2)
})
