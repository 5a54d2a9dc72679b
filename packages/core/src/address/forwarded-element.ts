const TAB = 0x09
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const DELETE = 0x7f

/** RFC 9110 §5.6.2. Sticky: it starts at `lastIndex`, and being one class it never backtracks. */
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
/** RFC 7239 §6: node-port, after its colon. */
const NODE_PORT = /^:(?:\d{1,5}|_[A-Za-z0-9._-]+)$/

/**
 * Where the element of a `Forwarded` list begins that ends before `end`: behind a comma that no quoted-string holds.
 * Read from the right, where trusted proxies write, so that nothing a client puts to the left, such as a quote without
 * its other half, changes how their elements are read.
 */
export function elementStart(list: string, end: number): number {
  let index = end
  while (index > 0) {
    const code = list.charCodeAt(index - 1)
    if (code === COMMA) return index
    index = code === QUOTE ? openingQuote(list, index - 1) : index - 1
  }
  return 0
}

/**
 * The address text of the `for` parameter of a forwarded-element (RFC 7239 §4, and OWS around `;`), its port left out;
 * `null` for a missing or repeated parameter and for invalid syntax. `unknown` and `_obfuscated`
 * come back as they are: they are no addresses.
 */
export function forwardedFor(element: string): string | null {
  let node: string | null = null
  let index = skipWhitespace(element, 0)
  for (;;) {
    const nameEnd = tokenEnd(element, index)
    const valueEnd = nameEnd === index ? index : pairEnd(element, nameEnd)
    if (valueEnd === -1) return null
    if (element.slice(index, nameEnd).toLowerCase() === 'for') {
      if (node !== null) return null
      node = unquoted(element.slice(nameEnd + 1, valueEnd))
    }
    index = skipWhitespace(element, valueEnd)
    if (index === element.length) return node === null ? null : nodeName(node)
    if (element.charCodeAt(index) !== SEMICOLON) return null
    index = skipWhitespace(element, index + 1)
  }
}

/** RFC 7239 §6: IPv6 is in brackets, IPv4 is not, and a port may follow either. */
function nodeName(node: string): string | null {
  const bracketed = node.startsWith('[')
  const end = node.indexOf(bracketed ? ']' : ':')
  if (end === -1) return bracketed ? null : node
  const name = node.slice(bracketed ? 1 : 0, end)
  const port = node.slice(bracketed ? end + 1 : end)
  const hasName = name.includes(':') === bracketed
  return hasName && (port === '' || NODE_PORT.test(port)) ? name : null
}

/**
 * The quote that opens what the one at `closing` closes, or 0. Within a quoted-string a backslash stands before every
 * quote, and a `=` before the one that opens it.
 */
function openingQuote(list: string, closing: number): number {
  let index = list.lastIndexOf('"', closing - 1)
  while (index > 0 && list.charCodeAt(index - 1) === BACKSLASH) index = list.lastIndexOf('"', index - 1)
  return Math.max(index, 0)
}

/** Where a value ends whose `=` is at `index`, or -1. */
function pairEnd(element: string, index: number): number {
  if (element.charCodeAt(index) !== EQUALS) return -1
  const start = index + 1
  const end = element.charCodeAt(start) === QUOTE ? quotedEnd(element, start) : tokenEnd(element, start)
  return end === start ? -1 : end
}

function tokenEnd(element: string, start: number): number {
  TOKEN.lastIndex = start
  return TOKEN.test(element) ? TOKEN.lastIndex : start
}

/** RFC 9110 §5.6.4. Where the quoted-string ends that begins at `start`, or `start` where it does not. */
function quotedEnd(element: string, start: number): number {
  for (let index = start + 1; index < element.length; index++) {
    const code = element.charCodeAt(index)
    if (code === QUOTE) return index + 1
    if (code === BACKSLASH) index++
    if (!isQuotable(element.charCodeAt(index))) return start
  }
  return start
}

/** HTAB, SP, VCHAR and obs-text; `NaN`, behind the last character, is not. */
function isQuotable(code: number): boolean {
  return code === TAB || (code >= SPACE && code <= 0xff && code !== DELETE)
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

function skipWhitespace(element: string, start: number): number {
  let index = start
  while (element.charCodeAt(index) === SPACE || element.charCodeAt(index) === TAB) index++
  return index
}
