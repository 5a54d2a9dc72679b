import { type Address, parseAddress } from './address.ts'

/** The address a request came from: the socket's peer, or what the `peer` hook says. */
export function clientAddress(peer: string | null): Address | null {
  return peer === null ? null : parseAddress(peer)
}
