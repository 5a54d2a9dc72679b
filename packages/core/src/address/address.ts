import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * An address that can be compared: IPv4 as an unsigned number, IPv6 as 32 hex digits. Mapped IPv6 is IPv4. `text` is
 * canonical, and made anew: an audit event that holds a slice of a header would keep the header.
 */
export interface Address {
  readonly text: string
  readonly value: number | string
}

/** Whether an address lies in a set of CIDR ranges. */
export type AddressMatcher = (address: Address) => boolean

interface Range<V extends number | string> {
  readonly first: V
  readonly last: V
}

interface Cidr {
  readonly text: string
  readonly range: Range<number> | Range<string>
}

const MAPPED_PREFIX_BITS = 96

/**
 * Reads an address strictly: dotted-quad IPv4 without leading zeros, or RFC 4291 IPv6 without a zone. IPv4-mapped IPv6
 * (`::ffff:0:0/96`) folds to IPv4; `::a.b.c.d`, NAT64 and 6to4 do not.
 *
 * @returns `null` for anything else, octal, hexadecimal, short forms, brackets and ports included
 */
export function parseAddress(text: string): Address | null {
  const v4 = parseIPv4(text)
  if (v4 !== -1) return fromIPv4(v4)
  const bytes = parseIPv6(text)
  if (bytes === null) return null
  return isMapped(bytes) ? fromIPv4(readUint32(bytes, 12)) : { text: formatIPv6(bytes), value: hex(bytes) }
}

/**
 * The canonical text of an address, as events have it: IPv6 as in RFC 5952, mapped IPv6 as IPv4.
 *
 * @example
 * ```ts
 * import { canonicalAddress } from '@patkit/core'
 *
 * canonicalAddress('::ffff:192.0.2.1') // '192.0.2.1'
 * canonicalAddress('192.0.2') // null
 * ```
 *
 * @returns `null` for anything that is no address in the strict grammar
 */
export function canonicalAddress(text: string): string | null {
  return parseAddress(text)?.text ?? null
}

/**
 * The canonical text of an address or CIDR range: host bits cleared, IPv6 as in RFC 5952, mapped ranges as IPv4.
 *
 * @example
 * ```ts
 * import { canonicalCidr } from '@patkit/core'
 *
 * canonicalCidr('192.0.2.77/24') // '192.0.2.0/24'
 * ```
 *
 * @throws RangeError when it is neither, or a mapped range shorter than /96 (it would span both families)
 */
export function canonicalCidr(text: string): string {
  return parseCidr(text).text
}

/**
 * Compiles addresses and CIDR ranges to a matcher that takes logarithmic time.
 *
 * @throws RangeError naming the first entry that is not an address or a CIDR range
 */
export function compileRanges(entries: readonly string[]): AddressMatcher {
  const ranges = entries.map((entry) => parseCidr(entry).range)
  const v4 = Float64Array.from(
    bounds(ranges.filter((range): range is Range<number> => typeof range.first === 'number')),
  )
  const v6 = bounds(ranges.filter((range): range is Range<string> => typeof range.first === 'string'))
  return ({ value }) => (typeof value === 'number' ? contains(v4, value) : contains(v6, value))
}

function parseCidr(entry: string): Cidr {
  const slash = entry.indexOf('/')
  const host = slash === -1 ? entry : entry.slice(0, slash)
  const bits = slash === -1 ? null : parsePrefixLength(entry.slice(slash + 1))
  const v4 = parseIPv4(host)
  if (v4 !== -1) return cidrV4(v4, bits ?? 32, entry)
  const bytes = parseIPv6(host)
  if (bytes === null) throw invalidCidr(entry)
  return isMapped(bytes)
    ? cidrV4(readUint32(bytes, 12), (bits ?? 128) - MAPPED_PREFIX_BITS, entry)
    : cidrV6(bytes, bits ?? 128, entry)
}

function parsePrefixLength(text: string): number {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Number.NaN
}

function cidrV4(address: number, bits: number, entry: string): Cidr {
  if (!(bits >= 0 && bits <= 32)) throw invalidCidr(entry)
  const size = 2 ** (32 - bits)
  const first = address - (address % size)
  return { text: `${formatIPv4(first)}/${bits}`, range: { first, last: first + size - 1 } }
}

function cidrV6(bytes: readonly number[], bits: number, entry: string): Cidr {
  if (!(bits >= 0 && bits <= 128)) throw invalidCidr(entry)
  const hostMask = bytes.map((_, index) => 0xff >> Math.min(8, Math.max(0, bits - index * 8)))
  const first = bytes.map((byte, index) => byte & ~(hostMask[index] as number))
  const last = bytes.map((byte, index) => byte | (hostMask[index] as number))
  return { text: `${formatIPv6(first)}/${bits}`, range: { first: hex(first), last: hex(last) } }
}

function invalidCidr(entry: string): RangeError {
  return new RangeError(`${JSON.stringify(entry)} is not an IP address or CIDR range`)
}

/** The address as an unsigned 32-bit number, or -1: four decimal octets of one to three digits, no leading zeros. */
function parseIPv4(text: string): number {
  let address = 0
  let octet = -1
  let dots = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x2e) {
      if (octet === -1 || ++dots > 3) return -1
      address = address * 256 + octet
      octet = -1
    } else {
      const digit = code - 0x30
      if (digit < 0 || digit > 9 || octet === 0) return -1
      octet = octet === -1 ? digit : octet * 10 + digit
      if (octet > 255) return -1
    }
  }
  return dots === 3 && octet !== -1 ? address * 256 + octet : -1
}

/** The sixteen bytes, or `null`. `net.isIP` is the grammar; ipaddr.js alone takes `::1.2.3.4` for a mapped address. */
function parseIPv6(text: string): readonly number[] | null {
  if (isIP(text) !== 6 || text.includes('%')) return null
  return ipaddr.IPv6.parse(text.replace(/\d+\.\d+\.\d+\.\d+$/, quadAsGroups)).toByteArray()
}

function quadAsGroups(quad: string): string {
  const address = parseIPv4(quad)
  return `${Math.floor(address / 0x10000).toString(16)}:${(address % 0x10000).toString(16)}`
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

function readUint32(bytes: readonly number[], offset: number): number {
  return bytes.slice(offset, offset + 4).reduce((value, byte) => value * 256 + byte, 0)
}

function fromIPv4(value: number): Address {
  return { text: formatIPv4(value), value }
}

function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`
}

function formatIPv6(bytes: readonly number[]): string {
  return new ipaddr.IPv6([...bytes]).toRFC5952String()
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex')
}

/** First and last of each range in turn, sorted, with overlapping ranges joined, so that one binary search decides. */
function bounds<V extends number | string>(ranges: readonly Range<V>[]): V[] {
  const joined: V[] = []
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const previous = joined.at(-1)
    if (previous === undefined || first > previous) joined.push(first, last)
    else if (last > previous) joined[joined.length - 1] = last
  }
  return joined
}

function contains<V extends number | string>(joined: ArrayLike<V>, value: V): boolean {
  let low = 0
  let high = joined.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((joined[2 * middle] as V) <= value) low = middle + 1
    else high = middle
  }
  return low > 0 && value <= (joined[2 * low - 1] as V)
}
