import { inspect } from 'node:util'
import { digestToken, importedFormat, tokenFormat } from '@patkit/core'
import { pepperedDigest, type TokenFormatOptions } from '@patkit/core/adapter'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const format = tokenFormat({ prefix: 'acme_pat' })
const key = (fill: number) => new Uint8Array(32).fill(fill)

describe('checksum', () => {
  test('a published one is accepted, and no other', () => {
    expect(format.check('acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17')).toBe(true)
    expect(format.check('acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18')).toBe(false)
    expect(format.check('acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxk-0mLq17')).toBe(false)
  })

  test('any changed character of a minted token is noticed', () => {
    const token = format.mint().reveal()
    const positions = fc.integer({ min: 'acme_pat_'.length, max: token.length - 1 })
    const characters = fc.constantFrom(...'0123456789ABCXYZabcxyz-_é')
    fc.assert(
      fc.property(positions, characters, (position, character) => {
        const changed = token.slice(0, position) + character + token.slice(position + 1)
        expect(format.check(changed)).toBe(changed === token)
      }),
    )
  })
})

describe('minting', () => {
  test('makes tokens of the documented layout that the format accepts', () => {
    const token = format.mint().reveal()
    expect(token).toMatch(/^acme_pat_[0-9A-Za-z]{36}$/)
    expect(format.accepts(token)).toBe(true)
    expect(format.check(token)).toBe(true)
  })

  test('never makes the same token twice and uses the whole alphabet', () => {
    const bodies = Array.from({ length: 500 }, () => format.mint().reveal().slice(9, 39))
    expect(new Set(bodies).size).toBe(500)
    expect(new Set(bodies.join('')).size).toBe(62)
  })

  test('wraps the token so that it shows nowhere until it is asked for', () => {
    const minted = format.mint()
    const secret = minted.reveal()
    const printed = `${minted} ${JSON.stringify({ minted })} ${inspect({ minted })} ${Object.values(minted).join()}`
    expect(printed).not.toContain(secret.slice(9, 30))
    expect(printed).toContain(`acme_pat_…${secret.slice(-4)}`)
    expect(minted.digest).toBe(digestToken(secret))
  })
})

describe('peppers', () => {
  const newest = { id: '2026', key: key(2) }
  const older = { id: '2025', key: key(1) }

  test('the newest digests minted tokens, and all of them are looked up', () => {
    const peppered = tokenFormat({ prefix: 'acme_pat', peppers: [newest, older] })
    const minted = peppered.mint()
    const token = minted.reveal()
    expect(minted.digest).toBe(pepperedDigest(token, newest))
    expect(minted.digest).toMatch(/^2026:[0-9a-f]{64}$/)
    expect(peppered.digests(token)).toEqual([pepperedDigest(token, newest), pepperedDigest(token, older)])
  })

  test('tokens stored before the first pepper stay valid where that is configured', () => {
    const peppered = tokenFormat({ prefix: 'acme_pat', peppers: [newest], acceptUnpeppered: true })
    expect(peppered.digests('x')).toEqual([pepperedDigest('x', newest), digestToken('x')])
  })

  test('a key changed by its owner later does not change the format', () => {
    const pepper = { id: '1', key: key(7) }
    const peppered = tokenFormat({ prefix: 'acme_pat', peppers: [pepper] })
    const before = peppered.digests('x')
    pepper.key.fill(0)
    expect(peppered.digests('x')).toEqual(before)
  })
})

test.each<[string, TokenFormatOptions]>([
  ['prefix', { prefix: '' }],
  ['prefix', { prefix: '1acme' }],
  ['prefix', { prefix: 'acme_' }],
  ['prefix', { prefix: 'acme pat' }],
  ['prefix', { prefix: 'a'.repeat(33) }],
  ['prefix', { prefix: undefined as never }],
  ['id', { prefix: 'acme', peppers: [{ id: 'a:b', key: key(1) }] }],
  ['key', { prefix: 'acme', peppers: [{ id: '1', key: new Uint8Array(31) }] }],
  ['key', { prefix: 'acme', peppers: [{ id: '1', key: 'a'.repeat(64) as never }] }],
  ['peppers', { prefix: 'acme', peppers: [] }],
  ['id', { prefix: 'acme', peppers: ['secret' as never] }],
  ['pepper', { prefix: 'acme', pepper: key(1) } as never],
  ['different ids', { prefix: 'acme', peppers: Array(2).fill({ id: '1', key: key(1) }) }],
])('a wrong option is named: %s', (name, options) => {
  expect(() => tokenFormat(options)).toThrow(TypeError)
  expect(() => tokenFormat(options)).toThrow(name)
})

describe('imported formats', () => {
  const accepts = (credential: string) => /^\d+\|[0-9A-Za-z]{40}$/.test(credential)

  test('digest the part that the other system digested', () => {
    const digestedPart = (credential: string) => credential.slice(credential.indexOf('|') + 1)
    const sanctum = importedFormat({ name: 'sanctum', maxLength: 64, syntax: 'visible', accepts, digestedPart })
    expect(sanctum.digests(`7|${'a'.repeat(40)}`)).toEqual([digestToken('a'.repeat(40))])
  })

  test('are token68, whole and unchecked where nothing else is said', () => {
    const legacy = importedFormat({ name: 'legacy', maxLength: 64, accepts: () => true })
    expect(legacy.syntax).toBe('token68')
    expect(legacy.check('abc')).toBe(true)
    expect(legacy.digests('abc')).toEqual([digestToken('abc')])
  })

  test.each([
    ['name', { name: '', maxLength: 64, accepts }],
    ['maxLength', { name: 'x', maxLength: 0, accepts }],
    ['syntax', { name: 'x', maxLength: 64, accepts, syntax: 'any' as never }],
    ['accepts', { name: 'x', maxLength: 64, accepts: undefined as never }],
    ['check', { name: 'x', maxLength: 64, accepts, check: true as never }],
  ])('a wrong option is named: %s', (name, options) => {
    expect(() => importedFormat(options)).toThrow(new RegExp(`importedFormat.${name}" must`))
  })
})
