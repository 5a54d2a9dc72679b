/**
 * All lines of one header joined with `, ` (RFC 9110 §5.3), read from Node's `rawHeaders`: `headers` keeps only the
 * first `Authorization` line and says nothing of the others.
 *
 * @param rawHeaders names and values in turn, as received
 * @param name in lower case
 */
export function joinedHeader(rawHeaders: readonly string[], name: string): string | null {
  let joined: string | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] as string
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1] as string
    joined = joined === null ? value : `${joined}, ${value}`
  }
  return joined
}

/** What tells of a Node request whether its server may have dropped lines. */
export interface CountedHeaders {
  readonly rawHeaders: readonly string[]
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
 */
export function hasTruncatedHeaders(request: CountedHeaders): boolean {
  const lines = request.rawHeaders.length / 2
  if (lines < 1 || (request.httpVersionMajor ?? 1) > 1) return false
  const most = request.socket?.server?.maxHeadersCount ?? DEFAULT_MOST_LINES
  return most > 0 && lines >= most
}
