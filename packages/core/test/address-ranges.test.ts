import { expect, test } from 'vitest'
import { bearing, createApi } from './api.ts'

/** An address as its bits, most significant first: 32 of them, or 128. */
type Bits = readonly number[]

interface Range {
  readonly net: Bits
  readonly length: number
}

const ROUNDS = 2_000
const RANGES_A_ROUND = 60
const ADDRESSES_A_ROUND = 48
const SEED = 20_260_101

/** The reference: an address is in a range when their first bits are the same, one by one. */
function holds({ net, length }: Range, address: Bits): boolean {
  if (net.length !== address.length) return false
  for (let index = 0; index < length; index++) if (net[index] !== address[index]) return false
  return true
}

/** Whole numbers below a bound, the same at every run (mulberry32). */
function createDraw(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

const draw = createDraw(SEED)

function anyBits(size: number): Bits {
  return Array.from({ length: size }, () => draw(2))
}

/** A range of its own, or one that holds, is held by, or lies beside one that is there. */
function anyRange(others: readonly Range[]): Range {
  const other = others[draw(others.length + 3)]
  const size = other?.net.length ?? (draw(2) === 0 ? 32 : 128)
  if (other === undefined)
    return { net: anyBits(size), length: draw(3) === 0 ? draw(size + 1) : size - draw(size >> 1) }
  if (draw(2) === 0) return { net: other.net, length: draw(size + 1) }
  const flipped = Math.max(0, other.length - 1)
  return { net: other.net.map((bit, index) => (index === flipped ? 1 - bit : bit)), length: other.length }
}

/** The first or last address of a range, the one before or behind it, or any within. */
function addressNear({ net, length }: Range): Bits {
  const rest = [() => 0, () => 1, () => draw(2)][draw(3)] as () => number
  const address = net.map((bit, index) => (index < length ? bit : rest()))
  return [address, next(address, 1), next(address, 0)][draw(3)] as Bits
}

/** The next address (`carry` 1), or the one before (0), around the end. */
function next(address: Bits, carry: 0 | 1): Bits {
  const stop = address.lastIndexOf(1 - carry)
  return address.map((bit, index) => (index >= stop ? 1 - bit : bit))
}

function groups(bits: Bits, width: number): number[] {
  const count = bits.length / width
  return Array.from({ length: count }, (_, index) =>
    Number.parseInt(bits.slice(index * width, (index + 1) * width).join(''), 2),
  )
}

/** IPv4 as a dotted quad; the same with its mapped spellings, and IPv6 in any of its own. */
function textOf(bits: Bits, mapped: boolean): string {
  const quad = groups(bits.slice(-32), 8).join('.')
  const hex = groups(bits, 16).map((group) => group.toString(16))
  if (bits.length === 32)
    return mapped ? ([`::ffff:${quad}`, `0:0:0:0:0:FFFF:${hex.join(':')}`][draw(2)] as string) : quad
  const full = hex.join(':')
  const short = full.replace(/(^|:)0(:0)+(:|$)/, '::')
  const spellings = [full, short, full.toUpperCase(), hex.map((group) => group.padStart(4, '0')).join(':')]
  return draw(5) === 0 ? `${hex.slice(0, 6).join(':')}:${quad}` : (spellings[draw(4)] as string)
}

/** Host bits are left as they are; an address without a length is a range of one. */
function cidrOf({ net, length }: Range): string {
  const mapped = net.length === 32 && draw(4) === 0
  if (length === net.length && draw(2) === 0) return textOf(net, mapped)
  return `${textOf(net, mapped)}/${mapped ? length + 96 : length}`
}

test('millions of pairs of an address and a range agree with a bit-by-bit reading', async () => {
  const api = createApi()
  let pairs = 0
  const seen = { allowed: 0, ip_denied: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const ranges: Range[] = []
    const count = round % 4 === 0 ? 1 : 1 + draw(RANGES_A_ROUND)
    while (ranges.length < count) ranges.push(anyRange(ranges))
    const ipAllowlist = ranges.map(cidrOf)
    const request = bearing(api.issue({ ipAllowlist }))
    for (let n = 0; n < ADDRESSES_A_ROUND; n++) {
      const address = n % 8 === 0 ? anyBits(n % 16 === 0 ? 32 : 128) : addressNear(ranges[draw(count)] as Range)
      const peer = textOf(address, draw(4) === 0)
      const expected = ranges.filter((range) => holds(range, address)).length > 0 ? 'allowed' : 'ip_denied'
      pairs += count
      seen[expected]++
      const outcome = await api.outcome({ ...request, peer })
      if (outcome !== expected) expect.fail(`${peer} in ${ipAllowlist}: ${outcome}`)
    }
  }
  expect(pairs).toBeGreaterThan(2_000_000)
  expect(Math.min(seen.allowed, seen.ip_denied)).toBeGreaterThan(10_000)
})

test('a thousand ranges are as exact as one', async () => {
  const api = createApi()
  const even = Array.from({ length: 1_000 }, (_, n) => [
    `10.${n >> 7}.${(n & 127) * 2}.0/24`,
    `2001:db8:${(n * 2).toString(16)}::/48`,
  ])
  const request = bearing(api.issue({ ipAllowlist: even.flat() }))
  for (let n = 0; n < 2_000; n++) {
    const outcome = n % 2 === 0 ? 'allowed' : 'ip_denied'
    for (const host of [0, 255]) {
      expect(await api.outcome({ ...request, peer: `10.${n >> 8}.${n & 255}.${host}` })).toBe(outcome)
    }
    for (const host of ['', 'ffff:ffff:ffff:ffff:ffff']) {
      const peer = host === '' ? `2001:db8:${n.toString(16)}::` : `2001:db8:${n.toString(16)}:${host}`
      expect(await api.outcome({ ...request, peer })).toBe(outcome)
    }
  }
})
