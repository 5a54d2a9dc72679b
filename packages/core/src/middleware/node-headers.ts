/**
 * All lines of one header joined with `, ` (RFC 9110 §5.3), read from Node's `rawHeaders`: `headers` keeps only the
 * first `Authorization` line and says nothing of the others.
 *
 * @param rawHeaders names and values in turn, as received
 * @param name in lower case
 *
 * @example
 * ```ts
 * import { joinedHeader } from '@patkit/core/adapter'
 *
 * joinedHeader(['Accept', 'text/html', 'accept', 'text/plain'], 'accept') // 'text/html, text/plain'
 * ```
 */
export function joinedHeader(rawHeaders: readonly string[], name: string): string | null {
  let joined: string | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!isNamed(rawHeaders[index] as string, name)) continue
    const value = rawHeaders[index + 1] as string
    joined = joined === null ? value : `${joined}, ${value}`
  }
  return joined
}

/** The header members of a Node request. What only imitates one, as hosts of functions and tests do, lacks some. */
export interface NodeHeaders {
  readonly rawHeaders?: readonly string[] | undefined
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
}

/**
 * One header of a Node request. If the wire had several lines, all are joined, and `headers` does not count. With one
 * or none, `headers` counts, absence included: middleware may have set it anew, and a host may give nothing else.
 *
 * @param name in lower case
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { nodeHeader } from '@patkit/core/adapter'
 *
 * createServer((request, response) => response.end(nodeHeader(request, 'user-agent'))).listen(3000)
 * ```
 */
export function nodeHeader({ rawHeaders = [], headers }: NodeHeaders, name: string): string | null {
  if (headers === undefined) return joinedHeader(rawHeaders, name)
  const repeated = repeatedHeader(rawHeaders, name)
  if (repeated !== null) return repeated
  const value = headers[name]
  if (value === undefined) return null
  return typeof value === 'string' ? value : value.length === 0 ? null : value.join(', ')
}

/**
 * All lines of a header joined with `, ` where the wire had several, else `null`.
 *
 * @example
 * ```ts
 * import { repeatedHeader } from '@patkit/core/adapter'
 *
 * repeatedHeader(['Accept', 'text/html'], 'accept') // null: one line
 * ```
 */
export function repeatedHeader(rawHeaders: readonly string[], name: string): string | null {
  const first = lineOf(rawHeaders, name, 0)
  const isRepeated = first !== -1 && lineOf(rawHeaders, name, first + 2) !== -1
  return isRepeated ? joinedHeader(rawHeaders, name) : null
}

/** Where a line of this name is, from `start` on, or -1. */
function lineOf(rawHeaders: readonly string[], name: string, start: number): number {
  for (let index = start; index < rawHeaders.length; index += 2) {
    if (isNamed(rawHeaders[index] as string, name)) return index
  }
  return -1
}

function isNamed(candidate: string, name: string): boolean {
  return candidate.length === name.length && candidate.toLowerCase() === name
}

/** The members of a Node request that show whether its server may have dropped lines. */
export interface CountedHeaders {
  readonly rawHeaders?: readonly string[] | undefined
  readonly httpVersionMajor?: number
  readonly socket?: {
    readonly remoteAddress?: string | undefined
    readonly server?: { readonly maxHeadersCount?: number | null }
  }
}

/** How many lines Node reads where its server sets no `maxHeadersCount`. */
const DEFAULT_MOST_LINES = 1_000

/**
 * Whether the server may have dropped header lines: past `maxHeadersCount` Node does so without a word, so that at the
 * limit no line can be called absent. HTTP/2 closes the stream instead.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { hasTruncatedHeaders } from '@patkit/core/adapter'
 *
 * createServer((request, response) => response.end(String(hasTruncatedHeaders(request)))).listen(3000)
 * ```
 */
export function hasTruncatedHeaders(request: CountedHeaders): boolean {
  const lines = (request.rawHeaders?.length ?? 0) / 2
  const most = request.socket?.server?.maxHeadersCount ?? DEFAULT_MOST_LINES
  return most > 0 && lines >= most && (request.httpVersionMajor ?? 1) === 1
}
