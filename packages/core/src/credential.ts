import { type Denied, deny } from './decision.ts'

/** Which characters a credential may have. `token68` is RFC 6750 §2.1; `visible` is for imported tokens only. */
export type CredentialSyntax = 'token68' | 'visible'

/** RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=". */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
/** Visible ASCII without the comma, which is what joins several header lines. */
const VISIBLE = /^[\x21-\x2b\x2d-\x7e]+$/
/** RFC 9110 §11.1, §5.6.2: an auth-scheme is a token, alone or followed by SP. */
const AUTH_SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?: |$)/
const SPACE = 0x20

/** A header in which a credential may come. */
export interface CredentialPlace {
  /** The name of the header, in any case. */
  readonly header: string
  /** The scheme before the credential; left out or `null` where the header holds nothing else. */
  readonly scheme?: string | null
}

/** Takes the credential out of the value of a header, or returns the denial. */
type ReadValue = (value: string | null, maxLength: number) => string | Denied

/** Finds the credential of a request. `header` reads one of its headers. */
export type ReadCredential = <Q>(
  request: Q,
  reader: { header(request: Q, name: string): string | null },
  maxLength: number,
) => string | Denied

const MISSING: Denied = Object.freeze(deny('missing_credential'))
export const MALFORMED: Denied = Object.freeze(deny('malformed_credential'))

/**
 * Compiles the places in which a credential may come. A request has one at most: credentials in two places are
 * malformed. A place that is not listed is not read.
 *
 * @param places with header names in lower case
 */
export function compilePlaces(places: readonly CredentialPlace[]): ReadCredential {
  const names = places.map(({ header }) => header)
  const headers = names.filter((name, index) => names.indexOf(name) === index)
  const [first, ...others] = headers.map((header) => {
    const read = readValue(places.filter((place) => place.header === header))
    return { header, read }
  }) as [{ header: string; read: ReadValue }, ...{ header: string; read: ReadValue }[]]
  if (others.length === 0) {
    const { header, read } = first
    return (request, reader, maxLength) => read(reader.header(request, header), maxLength)
  }
  return (request, reader, maxLength) => {
    let found = first.read(reader.header(request, first.header), maxLength)
    for (const { header, read } of others) {
      const other = read(reader.header(request, header), maxLength)
      if (other === MISSING) continue
      if (found !== MISSING) return MALFORMED
      found = other
    }
    return found
  }
}

/** The places of one header: that of its scheme counts, and a place without scheme takes values without one. */
function readValue(places: readonly CredentialPlace[]): ReadValue {
  const schemes = places.flatMap(({ scheme }) => (scheme == null ? [] : [schemeCredential(scheme)]))
  const takesBare = schemes.length < places.length
  if (schemes.length === 0) return bareCredential
  if (schemes.length === 1 && !takesBare) return schemes[0] as ReadValue
  return (value, maxLength) => {
    if (takesBare && value !== null && !value.includes(' ')) return bareCredential(value, maxLength)
    let found: string | Denied = MISSING
    for (const read of schemes) {
      found = read(value, maxLength)
      if (found !== MISSING) return found
    }
    return found
  }
}

/**
 * Takes the credential out of `Bearer 1*SP b64token` (RFC 6750 §2.1; scheme case-insensitive, RFC 9110 §11.1), or of
 * another scheme alike. Several header lines arrive joined by `, ` and are malformed for their space. It looks at no
 * character class: a cached digest proves those, and `matchesSyntax` checks them for the rest.
 */
function schemeCredential(scheme: string): ReadValue {
  const start = `${scheme} `
  const lowerCase = start.toLowerCase()
  const isHidden = hiddenBehind(scheme)
  return (header, maxLength) => {
    if (header === null) return MISSING
    if (!header.startsWith(start) && header.slice(0, start.length).toLowerCase() !== lowerCase)
      return otherScheme(header, isHidden)
    let end = start.length
    while (header.charCodeAt(end) === SPACE) end++
    return bareCredential(header.slice(end), maxLength)
  }
}

/** Matches the scheme alone, and a line of it behind another scheme's. */
function hiddenBehind(scheme: string): RegExp {
  const literal = scheme.replace(/[^A-Za-z0-9]/g, '\\$&')
  return new RegExp(`^${literal}$|,[ \\t]*${literal}(?:[ \\t]|$)`, 'i')
}

/** The credential of a header that holds nothing else, such as `x-api-key`. */
function bareCredential(value: string | null, maxLength: number): string | Denied {
  if (value === null) return MISSING
  if (value.length === 0 || value.length > maxLength) return MALFORMED
  return value.includes(' ') ? MALFORMED : value
}

/** Whether every character of a credential is one its syntax allows. Linear; the length is capped before. */
export function matchesSyntax(credential: string, syntax: CredentialSyntax): boolean {
  return (syntax === 'token68' ? TOKEN68 : VISIBLE).test(credential)
}

/** Another scheme is not ours to judge (RFC 6750 §3.1), unless it is ours with nothing behind, or hides a line of ours. */
function otherScheme(header: string, isHidden: RegExp): Denied {
  const foreign = AUTH_SCHEME.test(header) && !isHidden.test(header)
  return foreign ? MISSING : MALFORMED
}
