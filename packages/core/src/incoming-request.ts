import type { Address } from './address/address.ts'
import { createClientAddress, type HopReason } from './address/client-address.ts'
import { UNIX_PEER } from './address/socket-peer.ts'
import type { RequestContext } from './audit/event.ts'
import { compilePlaces, MALFORMED } from './credential.ts'
import { type Denied, UNAVAILABLE } from './decision.ts'
import { PatError, type SeldomReport } from './errors.ts'
import type { VerifierSettings } from './options.ts'
import { printable } from './text.ts'

/** How an adapter's requests are read. One constant per adapter; nothing is allocated per request. */
export interface RequestReader<Q> {
  /** All lines of a header joined with `, ` (RFC 9110 §5.3), or `null`. `name` is lower-case. */
  header(request: Q, name: string): string | null
  /** The address at the other end of the connection, `'unix'` for a unix socket, or `null` where none is known. */
  peer(request: Q): string | null
  /** Whether the server may have dropped header lines of the request. Left out where a runtime never does. */
  isTruncated?(request: Q): boolean
  context(request: Q): RequestContext
}

/** A request in verification, and the values read from it before the first await. */
export interface IncomingRequest<Q> {
  readonly request: Q
  readonly reader: RequestReader<Q>
  readonly credential: string | Denied
  readonly client: Address | null
}

const TRUNCATED = 'refused a request with as many header lines as the server reads: it may have had more'

/** Reads requests. What cannot be read is reported, and answers `unavailable`. */
export interface RequestIntake {
  read<Q>(request: Q, reader: RequestReader<Q>): IncomingRequest<Q>
  /** Reads the credential once more, for the address of the first time. */
  readAgain<Q>(request: Q, reader: RequestReader<Q>, client: Address | null): IncomingRequest<Q>
  /** Requests so far with a peer or a forwarded address that could not be read. */
  readonly unreadableAddresses: number
}

export interface IntakeOptions extends Pick<VerifierSettings<never>, 'formats' | 'places' | 'proxies'> {
  /** Whether a denial is audited or counted: otherwise its client address is not needed. */
  readonly tracksDenials: () => boolean
  readonly report: (fault: PatError) => void
  readonly seldom: SeldomReport
}

export function createRequestIntake(options: IntakeOptions): RequestIntake {
  const { formats, places, proxies, tracksDenials, report, seldom } = options
  const readCredential = compilePlaces(places)
  const maxLength = Math.max(...formats.map((format) => format.maxLength))
  const clientAddress = createClientAddress(proxies, noteHop)
  let unreadableAddresses = 0

  /** A proxy or the runtime gives a text that is no address: allowlists refuse all clients behind it. */
  function noteHop(text: string | null, _address: Address | null, reason: HopReason, from: 'peer' | 'header'): void {
    if (reason !== 'unreadable' || text === null || text === UNIX_PEER) return
    unreadableAddresses++
    const place = from === 'peer' ? 'the peer' : proxies.header
    const message = `${place} is not an address: ${JSON.stringify(printable(text))}`
    seldom(new PatError('ERR_PAT_ADDRESS_UNREADABLE', message), `address of ${from}`)
  }

  function unreadable<Q>(request: Q, reader: RequestReader<Q>, cause: unknown): IncomingRequest<Q> {
    report(new PatError('ERR_PAT_REQUEST_UNREADABLE', 'request could not be read', cause))
    return { request, reader, credential: UNAVAILABLE, client: null }
  }

  return {
    read(request, reader) {
      try {
        if (reader.isTruncated?.(request) === true) {
          seldom(new PatError('ERR_PAT_HEADERS_TRUNCATED', TRUNCATED))
          return { request, reader, credential: MALFORMED, client: null }
        }
        const credential = readCredential(request, reader, maxLength)
        const needsClient = typeof credential === 'string' || tracksDenials()
        return { request, reader, credential, client: needsClient ? clientAddress(request, reader) : null }
      } catch (cause) {
        return unreadable(request, reader, cause)
      }
    },
    readAgain(request, reader, client) {
      try {
        return { request, reader, credential: readCredential(request, reader, maxLength), client }
      } catch (cause) {
        return unreadable(request, reader, cause)
      }
    },
    get unreadableAddresses() {
      return unreadableAddresses
    },
  }
}
