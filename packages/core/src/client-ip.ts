import { type Address, type AddressMatcher, compileRanges, parseAddress } from './address.ts'
import { elementStart, forwardedFor } from './forwarded.ts'
import { UNIX_PEER } from './socket-peer.ts'

/** The header in which proxies name whom they forward for. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/**
 * What became of one hop. `trusted`: a proxy of ours, whose word on the hop before it counts. `untrusted`: the client.
 * `leftmost`: trusted, with nothing to its left, so that it is the client itself. `unreadable`: no address, so that
 * there is no client address.
 */
export type HopReason = 'trusted' | 'untrusted' | 'leftmost' | 'unreadable'

/** Hears of each hop that was looked at, the peer first; `text` is as received. */
export type HopListener = (text: string | null, address: Address | null, reason: HopReason) => void

/** Whom to believe, and where they write. */
export interface TrustedProxies {
  readonly header: ForwardedHeader
  readonly contains: AddressMatcher
  readonly unix: boolean
}

/** What finding an address takes of a request's reader. */
export interface AddressReader<Q> {
  header(request: Q, name: string): string | null
  peer(request: Q): string | null
}

type ReadAddress = (text: string) => Address | null

/** How a header lists hops: where the last element before `end` begins, and which address text is in it. */
interface Syntax {
  startOf(list: string, end: number): number
  addressIn(element: string): string | null
}

const SYNTAX = {
  'x-forwarded-for': { startOf: entryStart, addressIn: (entry) => entry },
  forwarded: { startOf: elementStart, addressIn: forwardedFor },
} as const satisfies Record<ForwardedHeader, Syntax>

const REMEMBERED_ADDRESSES = 1024
/** The longest text of an address: six groups of IPv6 and a dotted quad. */
const LONGEST_ADDRESS = 45
const TAB = 0x09
const SPACE = 0x20
const COMMA = 0x2c

/**
 * Compiles addresses, CIDR ranges and `'unix'`.
 *
 * @throws RangeError naming the first entry that is none of them
 */
export function compileProxies(entries: readonly string[], header: ForwardedHeader): TrustedProxies {
  const ranges = entries.filter((entry) => entry !== UNIX_PEER)
  return { header, contains: compileRanges(ranges), unix: ranges.length < entries.length }
}

/**
 * Finds the address a request came from; `null` for what is no address. Where nobody is trusted that is the peer.
 * Connections are kept open and reading an IPv6 address costs several digests, so addresses are remembered: peers apart
 * from those they forward for, who are many.
 */
export function createClientAddress(
  proxies: TrustedProxies,
): <Q>(request: Q, reader: AddressReader<Q>) => Address | null {
  const readPeer = rememberAddresses()
  const readEntry = readEntries()
  return (request, reader) => walk(request, reader, proxies, readPeer, readEntry, unheard)
}

/** The walk that `createClientAddress` goes, with somebody who listens. */
export function traceClientAddress<Q>(
  request: Q,
  reader: AddressReader<Q>,
  proxies: TrustedProxies,
  heard: HopListener,
): Address | null {
  return walk(request, reader, proxies, rememberAddresses(), readEntries(), heard)
}

function unheard(): void {}

/** From the peer to the left, as long as the hop at hand is trusted. The header is read only then. */
function walk<Q>(
  request: Q,
  reader: AddressReader<Q>,
  proxies: TrustedProxies,
  readPeer: ReadAddress,
  readEntry: ReadAddress,
  heard: HopListener,
): Address | null {
  const peer = reader.peer(request)
  const address = peer === null || peer === UNIX_PEER ? null : readPeer(peer)
  const trusted = address === null ? peer === UNIX_PEER && proxies.unix : proxies.contains(address)
  if (!trusted) {
    heard(peer, address, address === null ? 'unreadable' : 'untrusted')
    return address
  }
  const list = reader.header(request, proxies.header)
  heard(peer, address, list === null ? 'leftmost' : 'trusted')
  return list === null ? address : walkList(list, proxies, readEntry, heard)
}

function walkList(list: string, proxies: TrustedProxies, read: ReadAddress, heard: HopListener): Address | null {
  const syntax = SYNTAX[proxies.header]
  for (let end = list.length; ; ) {
    const start = syntax.startOf(list, end)
    const element = withoutWhitespace(list, start, end)
    const text = syntax.addressIn(element)
    const address = text === null ? null : read(text)
    const reason = reasonFor(address, proxies, start)
    heard(element, address, reason)
    if (reason !== 'trusted') return address
    end = start - 1
  }
}

function reasonFor(address: Address | null, proxies: TrustedProxies, start: number): HopReason {
  if (address === null) return 'unreadable'
  if (!proxies.contains(address)) return 'untrusted'
  return start === 0 ? 'leftmost' : 'trusted'
}

function entryStart(list: string, end: number): number {
  let start = end
  while (start > 0 && list.charCodeAt(start - 1) !== COMMA) start--
  return start
}

/** Without the OWS (RFC 9110 §5.6.3) around it: `trim` takes more than SP and HTAB. */
function withoutWhitespace(list: string, start: number, end: number): string {
  let first = start
  let last = end
  while (first < last && isWhitespace(list.charCodeAt(first))) first++
  while (first < last && isWhitespace(list.charCodeAt(last - 1))) last--
  return list.slice(first, last)
}

function isWhitespace(code: number): boolean {
  return code === SPACE || code === TAB
}

/** IPv4 is read in less time than it is found in a map, and those who are forwarded for are many. */
function readEntries(): ReadAddress {
  const readIPv6 = rememberAddresses()
  return (text) => (text.includes(':') ? readIPv6(text) : parseAddress(text))
}

/**
 * Reads addresses, each once while it is remembered. What is no address is not kept, and keys are copies, so that a
 * slice of a header does not keep the header.
 */
function rememberAddresses(): ReadAddress {
  const remembered = new Map<string, Address>()
  return (text) => {
    if (text.length > LONGEST_ADDRESS) return null
    const known = remembered.get(text)
    if (known !== undefined) return known
    const address = parseAddress(text)
    if (address === null) return null
    if (remembered.size >= REMEMBERED_ADDRESSES) remembered.clear()
    remembered.set(Buffer.from(text, 'latin1').toString('latin1'), address)
    return address
  }
}
