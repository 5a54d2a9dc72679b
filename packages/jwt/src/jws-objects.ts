/** What the members of a header must be, where they are there (RFC 7515 §4.1). */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  alg: isString,
  cty: isString,
  jku: isString,
  jwk: isObject,
  kid: isString,
  typ: isString,
  x5c: (value) => Array.isArray(value) && value.length > 0 && value.every(isString),
  x5t: isString,
  'x5t#S256': isString,
  x5u: isString,
  // No extension is understood (RFC 7515 §4.1.11), an unencoded payload is no JWT's (RFC 7797 §7) ...
  crit: never,
  b64: (value) => value === true,
  // ... and these are of encrypted tokens (RFC 7516 §4.1): nothing here is decompressed or decrypted.
  enc: never,
  zip: never,
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** A string, or what ends and separates: numbers and words between them say nothing of names. */
const JSON_TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/**
 * Whether every reader of a compact JWS takes its header and its claims for the same: JSON objects in UTF-8 whose names
 * are unique at every depth (RFC 7515 §4, RFC 7519 §4), and header members of the types that RFC 7515 gives them.
 */
export function isUnambiguous(jwt: string): boolean {
  const [header = '', payload = ''] = jwt.split('.', 2)
  const members = objectOf(header)
  return members !== null && objectOf(payload) !== null && Object.entries(members).every(isMember)
}

function isMember([name, value]: readonly [string, unknown]): boolean {
  return !Object.hasOwn(MEMBERS, name) || MEMBERS[name]?.(value) === true
}

function objectOf(part: string): object | null {
  try {
    const text = UTF8.decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    return isObject(value) && !hasRepeatedName(text) ? value : null
  } catch {
    return null
  }
}

/** @param json a parsed value */
function hasRepeatedName(json: string): boolean {
  const open: Set<string>[] = []
  let last = ''
  for (const [token] of json.matchAll(JSON_TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ':') last = token
    else {
      const names = open.at(-1)
      const name: string = JSON.parse(last)
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function never(): false {
  return false
}
