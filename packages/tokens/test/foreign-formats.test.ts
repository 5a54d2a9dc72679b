import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { TokenFormat } from '@patkit/core'
import {
  betterAuthFormat,
  keypalFormat,
  type Sha256FormatOptions,
  sanctumFormat,
  sha256Format,
  unkeyFormat,
} from '@patkit/tokens'
import { describe, expect, test } from 'vitest'

const RANDOM = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6kL9n'
const CHECKED = `${RANDOM}${crc32(RANDOM).toString(16).padStart(8, '0')}`
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl'
const BASE58 = '5K3cWbq8sTz7yMxAvJ2RgP'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The digest that a verifier would ask for, or why it would ask for none. */
function asked(format: TokenFormat, token: string): unknown {
  if (token.length > format.maxLength || !format.accepts(token)) return 'foreign'
  return format.check(token) ? format.digests(token)[0] : 'forged'
}

describe('Sanctum', () => {
  const format = sanctumFormat({ prefix: ['acme_', 'acme2_'] })

  test.each([
    [`12|${RANDOM}`, RANDOM],
    [`12|${CHECKED}`, CHECKED],
    [`12|acme_${CHECKED}`, `acme_${CHECKED}`],
    [`12|acme2_${CHECKED}`, `acme2_${CHECKED}`],
    [`12|${RANDOM}${RANDOM}`, `${RANDOM}${RANDOM}`],
    [`01h455vb4pex5vsknk084sn02q|${RANDOM}`, RANDOM],
    [`0|${RANDOM}`, RANDOM],
    [`0a|${RANDOM}`, RANDOM],
    [RANDOM, RANDOM],
    [CHECKED, CHECKED],
  ])('%s is digested behind the id', (token, part) => {
    expect(asked(format, token)).toBe(sha256(part))
  })

  test.each([
    `12|${RANDOM}0`,
    `12|${RANDOM.slice(1)}`,
    `12|acme_${RANDOM}`,
    `12|other_${CHECKED}`,
    `|${RANDOM}`,
    `1|2|${RANDOM}`,
    `012|${RANDOM}`,
    `00|${CHECKED}`,
    `12|${RANDOM.slice(1)}-`,
    `12|${CHECKED}\n`,
    `${'1'.repeat(37)}|${RANDOM}`,
  ])('%j is refused', (token) => {
    expect(asked(format, token)).toBe('foreign')
  })

  test('a wrong checksum is refused without a lookup, unless checksums are ignored', () => {
    const forged = `12|${RANDOM}${CHECKED.slice(-8) === '00000000' ? '11111111' : '00000000'}`
    expect(asked(format, forged)).toBe('forged')
    expect(asked(sanctumFormat({ checksum: 'ignored' }), forged)).toBe(sha256(forged.slice(3)))
  })

  test('a checksum with zeros in front is eight digits', () => {
    const random = 'jyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    const found = Array.from({ length: 4_000 }, (_, n) => `${random.slice(0, 36)}${String(n).padStart(4, '0')}`)
    const short = found.find((text) => crc32(text) < 0x10000000)
    if (short === undefined) throw new Error('no checksum is short')
    const token = `1|${short}${crc32(short).toString(16).padStart(8, '0')}`
    expect(asked(format, token)).toBe(sha256(token.slice(2)))
  })
})

test.each([
  ['better-auth', betterAuthFormat({ prefix: ['', 'app_'] }), [LETTERS, `app_${LETTERS}`]],
  ['unkey', unkeyFormat({ prefix: ['', 'sk_live'] }), [BASE58, `sk_live_${BASE58}`, `sk_live_${'1'.repeat(16)}`]],
  ['unkey', unkeyFormat({ bytes: 32 }), ['1'.repeat(32), 'z'.repeat(44), 'z'.repeat(47)]],
  ['keypal', keypalFormat({ prefix: 'sk_' }), [`sk_${RANDOM.slice(0, 32)}`]],
  ['sha256', sha256Format({ prefix: 'pat-', length: [20, 40] }), [`pat-${RANDOM}`, `pat-${RANDOM.slice(0, 20)}`]],
  ['ours', sha256Format({ name: 'ours', length: 40 }), [RANDOM]],
])('%s digests the whole token', (name, format, tokens) => {
  expect(format.name).toBe(name)
  for (const token of tokens) expect(asked(format, token)).toBe(sha256(token))
})

test.each([
  [betterAuthFormat(), [`app_${LETTERS}`, `${LETTERS}a`, LETTERS.slice(1), `${LETTERS.slice(1)}0`, '']],
  [unkeyFormat(), [`sk_${BASE58}`, 'z'.repeat(26), '1'.repeat(15), `${BASE58.slice(1)}0`, `${BASE58.slice(1)}l`]],
  [unkeyFormat({ prefix: 'sk' }), [BASE58, `sk${BASE58}`, `tk_${BASE58}`]],
  [keypalFormat({ prefix: 'sk.' }), [`sk_${RANDOM.slice(0, 32)}`, `sk.${RANDOM}`, `sk.${RANDOM.slice(0, 31)}_`]],
  [sha256Format({ length: 40, alphabet: 'a-c' }), ['b'.repeat(39), `${'b'.repeat(39)}d`]],
])('%o ignores tokens of another shape', (format, tokens) => {
  for (const token of tokens) expect(asked(format, token)).toBe('foreign')
})

test('an alphabet is its characters, and a prefix its own', () => {
  const format = sha256Format({ prefix: 'a.b|', length: 4, alphabet: 'a-c]^', syntax: 'visible' })
  expect(asked(format, 'a.b|a-]^')).toBe(sha256('a.b|a-]^'))
  expect(asked(format, 'a.b|abbb')).toBe('foreign')
  expect(asked(format, 'axb|a-]^')).toBe('foreign')
})

test("keypal's salt is digested, and put behind the key", () => {
  const key = RANDOM.slice(0, 32)
  expect(asked(keypalFormat({ salt: 'pinch' }), key)).toBe(sha256(`${key}${sha256('pinch')}`))
})

test.each<readonly [string, () => unknown]>([
  ['"sha256Format.prefixes" is not an option', () => sha256Format({ length: 1, prefixes: [] } as Sha256FormatOptions)],
  ['sha256Format.length', () => sha256Format({} as Sha256FormatOptions)],
  ['sha256Format.length', () => sha256Format({ length: [2, 1] })],
  ['sha256Format.length', () => sha256Format({ length: 1025 })],
  ['sha256Format.alphabet', () => sha256Format({ length: 1, alphabet: 'é' })],
  ['sha256Format.prefix', () => sha256Format({ length: 1, prefix: [] })],
  ['sha256Format.prefix', () => sha256Format({ length: 1, prefix: 'a,' })],
  ['sha256Format.name', () => sha256Format({ length: 1, name: '' })],
  ['importedFormat.syntax', () => sha256Format({ length: 1, syntax: 'any' as 'visible' })],
  ['sanctumFormat.checksum', () => sanctumFormat({ checksum: 'crc32' as 'crc32b' })],
  ['sanctumFormat.prefix', () => sanctumFormat({ prefix: 'x'.repeat(65) })],
  ['unkeyFormat.bytes', () => unkeyFormat({ bytes: 0 })],
  ['keypalFormat.salt', () => keypalFormat({ salt: 1 as unknown as string })],
])('%s', (message, make) => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
