import { type Address, parseAddress } from './address.ts'

const REMEMBERED_PEERS = 1024
/** The longest text of an address: six groups of IPv6 and a dotted quad. */
const LONGEST_ADDRESS = 45

/**
 * Finds the address a request came from: the socket's peer, or what the `peer` hook says; `null` for what is no
 * address. Connections are kept open and reading an IPv6 address costs several digests, so peers are remembered.
 */
export function createClientAddress(): (peer: string | null) => Address | null {
  const remembered = new Map<string, Address | null>()
  return (peer) => {
    if (peer === null || peer.length > LONGEST_ADDRESS) return null
    const known = remembered.get(peer)
    if (known !== undefined) return known
    if (remembered.size >= REMEMBERED_PEERS) remembered.clear()
    const address = parseAddress(peer)
    remembered.set(peer, address)
    return address
  }
}
