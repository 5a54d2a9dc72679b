import { type Address, type AddressMatcher, compileRanges, parseAddress } from './address.ts'
import { elementStart, forwardedFor } from './forwarded-element.ts'
import { UNIX_PEER } from './socket-peer.ts'

/** The header in which proxies write the address of their client. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/**
 * The result for one hop. `trusted`: a proxy that may state the hop before it. `untrusted`: the client.
 * `leftmost`: trusted, with nothing to its left, so that it is the client itself. `unreadable`: no address, so that
 * the client address is unknown.
 */
export type HopReason = 'trusted' | 'untrusted' | 'leftmost' | 'unreadable'

/** Called for each hop that is read, the peer first; `text` is as received. */
export type HopListener = (
  text: string | null,
  address: Address | null,
  reason: HopReason,
  from: 'peer' | 'header',
) => void

/** The trusted proxies, and the header that they write. */
export interface TrustedProxies {
  readonly header: ForwardedHeader
  readonly contains: AddressMatcher
  /** Proxies on a link of this machine, as `address%zone`: the same address on another link is another host. */
  readonly zoned: readonly string[]
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
  'x-forwarded-for': { startOf: entryStart, addressIn: withoutPort },
  forwarded: { startOf: elementStart, addressIn: forwardedFor },
} as const satisfies Record<ForwardedHeader, Syntax>

const REMEMBERED_ADDRESSES = 1024
/** The longest text of an address: six groups of IPv6 and a dotted quad. */
const LONGEST_ADDRESS = 45
/** With the name of an interface, which has up to 15 characters on Linux and 256 on Windows. */
const LONGEST_ZONED = LONGEST_ADDRESS + 257
const TAB = 0x09
const SPACE = 0x20
const COMMA = 0x2c

/** `address%zone`, as a kernel reports a peer on a link (RFC 4007 §11). */
const ZONED = /^([^%/]+)%([^%/\s]+)$/
/** The port behind an address: digits, up to 65535. */
const PORT = /^:\d{1,5}$/
const LAST_PORT = 65_535

/**
 * Compiles addresses, CIDR ranges, addresses with a zone and `'unix'`.
 *
 * @throws RangeError naming the first invalid entry
 */
export function compileProxies(entries: readonly string[], header: ForwardedHeader): TrustedProxies {
  const zoned: string[] = []
  const ranges: string[] = []
  for (const entry of entries) {
    const onLink = parseZoned(entry)
    if (onLink !== null) zoned.push(onLink.text)
    else if (entry !== UNIX_PEER) ranges.push(entry)
  }
  return { header, contains: compileRanges(ranges), zoned, unix: entries.includes(UNIX_PEER) }
}

/** An IPv6 address with a zone. `text` is canonical, with the zone. */
function parseZoned(text: string): { readonly address: Address; readonly text: string } | null {
  const [, host = '', zone] = ZONED.exec(text) ?? []
  const address = host.includes(':') ? parseAddress(host) : null
  return address === null ? null : { address, text: `${address.text}%${zone}` }
}

/** The address in an entry that may have a port behind it: `a.b.c.d:port`, `[v6]` or `[v6]:port`. */
function withoutPort(entry: string): string {
  if (entry.startsWith('[')) {
    const closing = entry.indexOf(']')
    const host = entry.slice(1, closing)
    return host.includes(':') && isPort(entry.slice(closing + 1)) ? host : entry
  }
  const colon = entry.indexOf(':')
  const hasPort = colon !== -1 && colon === entry.lastIndexOf(':') && entry.includes('.')
  return hasPort && isPort(entry.slice(colon)) ? entry.slice(0, colon) : entry
}

function isPort(text: string): boolean {
  return text === '' || (PORT.test(text) && Number(text.slice(1)) <= LAST_PORT)
}

/**
 * Finds the client address of a request, or `null`. Without trusted proxies it is that of the peer.
 * Connections are kept open and reading an IPv6 address costs several digests, so addresses are remembered: peers apart
 * from those they forward for, who are many.
 */
export function createClientAddress(
  proxies: TrustedProxies,
  onHop: HopListener,
): <Q>(request: Q, reader: AddressReader<Q>) => Address | null {
  const walk: Walk = { proxies, readPeer: rememberAddresses(), readEntry: readEntries(), onHop }
  return (request, reader) => findClient(request, reader, walk)
}

/** What walking from hop to hop takes: one object for each verifier. */
interface Walk {
  readonly proxies: TrustedProxies
  readonly readPeer: ReadAddress
  readonly readEntry: ReadAddress
  readonly onHop: HopListener
}

/** From the peer to the left, as long as the hop at hand is trusted. The header is read only then. */
function findClient<Q>(request: Q, reader: AddressReader<Q>, walk: Walk): Address | null {
  const { proxies, readPeer, onHop } = walk
  const peer = reader.peer(request)
  const address = peer === null || peer === UNIX_PEER ? null : readPeer(peer)
  if (address === null && peer?.includes('%')) return findOnLink(peer, request, reader, walk)
  const trusted = address === null ? peer === UNIX_PEER && proxies.unix : proxies.contains(address)
  if (!trusted) {
    onHop(peer, address, address === null ? 'unreadable' : 'untrusted', 'peer')
    return address
  }
  return behind(walk, peer, address, reader.header(request, proxies.header))
}

/** A peer on a link of this machine. Its zone is cut off for ranges and log; only address and zone make it trusted. */
function findOnLink<Q>(peer: string, request: Q, reader: AddressReader<Q>, walk: Walk): Address | null {
  const { proxies, onHop } = walk
  const zoned = peer.length > LONGEST_ZONED ? null : parseZoned(peer)
  const address = zoned === null ? null : zoned.address
  if (zoned !== null && proxies.zoned.includes(zoned.text))
    return behind(walk, peer, address, reader.header(request, proxies.header))
  onHop(peer, address, address === null ? 'unreadable' : 'untrusted', 'peer')
  return address
}

/** The client behind a trusted peer, which is the client itself where it sends no list. */
function behind(walk: Walk, peer: string | null, address: Address | null, list: string | null): Address | null {
  walk.onHop(peer, address, list === null ? 'leftmost' : 'trusted', 'peer')
  return list === null ? address : walkList(list, walk)
}

function walkList(list: string, { proxies, readEntry, onHop }: Walk): Address | null {
  const syntax = SYNTAX[proxies.header]
  for (let end = list.length; ; ) {
    const start = syntax.startOf(list, end)
    const element = withoutWhitespace(list, start, end)
    const text = syntax.addressIn(element)
    const address = text === null ? null : readEntry(text)
    const reason = reasonFor(address, proxies, start)
    onHop(element, address, reason, 'header')
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
 * Reads addresses, each once while it is remembered. Other text is not kept, and keys are copies, so that a
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
