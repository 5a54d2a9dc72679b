import { canonicalCidr } from '@patkit/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bearing, createApi } from './api.ts'

/** Whether a token that is limited to `allowlist` may be used from `peer`. */
async function allows(allowlist: string[], peer: string): Promise<string> {
  const api = createApi()
  return api.outcome(bearing(api.issue({ ipAllowlist: allowlist }), peer))
}

describe('canonical form', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['192.0.2.7/24', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['2001:db8:0:0:1::/47', '2001:db8::/47'],
    ['::/0', '::/0'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['::ffff:c000:207/120', '192.0.2.0/24'],
    ['::192.0.2.7', '::c000:207/128'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207/128'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical)
    expect(canonicalCidr(canonical)).toBe(canonical)
  })

  test.each([
    '',
    ' 192.0.2.7',
    '192.0.2.7 ',
    '192.0.2',
    '10/8',
    '192.0.2.7.',
    '.192.0.2.7',
    '192.0.2..7',
    '1.2.3.4.5',
    '0177.0.0.1',
    '00.0.0.1',
    '0x7f.0.0.1',
    '256.0.0.1',
    '1.2.3.1000',
    '2130706433',
    '192.0.2.7:80',
    '192.0.2.0/33',
    '192.0.2.0/08',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.0/+8',
    '192.0.2.0/8/8',
    '192.0.2.0/ 8',
    '192.0.2.0/255.255.255.0',
    '[2001:db8::1]',
    'fe80::1%eth0',
    '2001:db8::1/129',
    '2001:db8::1::',
    ':::',
    'g::',
    '::ffff:192.0.2.7/95',
    '::ffff:0:0/64',
    '::ffff:0177.0.0.1',
    '١.٢.٣.٤',
    'localhost',
    '*',
  ])('%j is refused', (text) => {
    expect(() => canonicalCidr(text)).toThrow(RangeError)
  })
})

describe('an allowlist', () => {
  test.each([
    ['::ffff:192.0.2.7', ['192.0.2.0/24'], 'allowed'],
    ['192.0.2.7', ['::ffff:192.0.2.0/120'], 'allowed'],
    ['::192.0.2.7', ['192.0.2.0/24'], 'ip_denied'],
    ['192.0.2.7', ['::/0'], 'ip_denied'],
    ['2001:db8::7', ['0.0.0.0/0'], 'ip_denied'],
    ['2001:db8::7', ['2001:db8::/32'], 'allowed'],
    ['2001:db9::', ['2001:db8::/32'], 'ip_denied'],
    ['192.0.2.255', ['192.0.2.0/25', '192.0.2.128/25'], 'allowed'],
    ['192.0.2.9', ['192.0.2.8/32', '192.0.2.0/24', '192.0.2.10'], 'allowed'],
    ['192.0.3.0', ['192.0.2.0/24', '192.0.4.0/24'], 'ip_denied'],
    ['0.0.0.0', ['0.0.0.0/0'], 'allowed'],
    ['255.255.255.255', ['0.0.0.0/0'], 'allowed'],
    ['not an address', ['0.0.0.0/0', '::/0'], 'ip_denied'],
  ])('of %s in %j: %s', async (peer, allowlist, outcome) => {
    expect(await allows(allowlist, peer)).toBe(outcome)
  })

  test('lets nobody in where the address is not known', async () => {
    const api = createApi()
    expect(await api.outcome(bearing(api.issue({ ipAllowlist: ['0.0.0.0/0'] })))).toBe('ip_denied')
  })

  test('agrees with a bit-by-bit reading of every address and range', async () => {
    const bits = (octets: number[]) => octets.map((octet) => octet.toString(2).padStart(8, '0')).join('')
    const octets = fc.array(fc.constantFrom(0, 1, 10, 127, 128, 192, 254, 255), { minLength: 4, maxLength: 4 })
    const range = fc.tuple(octets, fc.integer({ min: 0, max: 32 }))
    await fc.assert(
      fc.asyncProperty(octets, fc.array(range, { minLength: 1, maxLength: 6 }), async (address, ranges) => {
        const expected = ranges.some(([net, length]) => bits(net).slice(0, length) === bits(address).slice(0, length))
        const allowlist = ranges.map(([net, length]) => `${net.join('.')}/${length}`)
        expect(await allows(allowlist, address.join('.'))).toBe(expected ? 'allowed' : 'ip_denied')
      }),
    )
  })
})
