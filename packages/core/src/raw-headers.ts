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
