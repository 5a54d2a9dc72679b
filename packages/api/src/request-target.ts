/** RFC 9112 §3.2.2: a proxy may send the whole URL. Its authority is not the API's to believe. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#\\]+/i

/**
 * What a URL parser or a server behind the API reads as another path (RFC 3986 §6.2.2): backslashes, fragments and
 * characters that are no URI's; dot segments, also between encoded slashes and before parameters; letters, digits and
 * controls in percent encoding.
 */
const DISGUISED =
  /[^\x21-\x7e]|[\\#]|%5c|(?:\/|%2f)(?:\.|%2e){1,2}(?:[/;]|%2f|%3b|$)|%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|[46]f|5f|7e|[01][\da-f]|7f)/i

/**
 * The path and query of a raw request target in origin or absolute form (RFC 9112 §3.2).
 *
 * @returns `null` for a target in another form, and for one whose path is disguised
 */
export function targetPath(target: string): string | null {
  const rest = target.replace(ABSOLUTE_FORM, '')
  const path = rest !== target && !rest.startsWith('/') ? `/${rest}` : rest
  return path.startsWith('/') && !path.includes('#') && isPlainPath(path.split('?', 1)[0] as string) ? path : null
}

/** Whether every reader of a path sees the same one. Linear. */
export function isPlainPath(path: string): boolean {
  return !DISGUISED.test(path) && isDecodable(path)
}

/** Readers differ about invalid UTF-8: an overlong dot is a dot to some, and `%ff` is `%25ff` to others. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
