import { type Denied, deny } from './decision.ts'

/** Which characters a credential may have. `token68` is RFC 6750 §2.1; `visible` is for imported tokens only. */
export type CredentialSyntax = 'token68' | 'visible'

/** RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=". */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
/** Visible ASCII without the comma, which is what joins several header lines. */
const VISIBLE = /^[\x21-\x2b\x2d-\x7e]+$/
/** RFC 9110 §11.1, §5.6.2: an auth-scheme is a token, alone or followed by SP. */
const AUTH_SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?: |$)/
/** A Bearer line behind another scheme's. */
const SECOND_BEARER = /,[ \t]*bearer(?:[ \t]|$)/i

const BARE_BEARER = /^bearer$/i

const BEARER = 'Bearer '
const LOWER_CASE_BEARER = 'bearer '
const SPACE = 0x20

const MISSING: Denied = Object.freeze(deny('missing_credential'))
export const MALFORMED: Denied = Object.freeze(deny('malformed_credential'))

/**
 * Takes the credential out of `Bearer 1*SP b64token` (RFC 6750 §2.1; scheme case-insensitive, RFC 9110 §11.1). Several
 * header lines arrive joined by `, ` and are malformed. It looks at no character class: a cached digest proves those,
 * and `matchesSyntax` checks them for the rest.
 */
export function bearerCredential(header: string | null, maxLength: number): string | Denied {
  if (header === null) return MISSING
  let start = BEARER.length
  if (!header.startsWith(BEARER) && header.slice(0, start).toLowerCase() !== LOWER_CASE_BEARER)
    return otherScheme(header)
  while (header.charCodeAt(start) === SPACE) start++
  return bareCredential(header.slice(start), maxLength)
}

/** The credential of a header that holds nothing else, such as `x-api-key`. */
export function bareCredential(value: string | null, maxLength: number): string | Denied {
  if (value === null) return MISSING
  if (value.length === 0 || value.length > maxLength) return MALFORMED
  return value.includes(' ') || value.includes(',') ? MALFORMED : value
}

/** Whether every character of a credential is one its syntax allows. Linear; the length is capped before. */
export function matchesSyntax(credential: string, syntax: CredentialSyntax): boolean {
  return (syntax === 'token68' ? TOKEN68 : VISIBLE).test(credential)
}

/** Another scheme is not ours to judge (RFC 6750 §3.1), unless it is Bearer with nothing behind, or hides a Bearer line. */
function otherScheme(header: string): Denied {
  const foreign = AUTH_SCHEME.test(header) && !BARE_BEARER.test(header) && !SECOND_BEARER.test(header)
  return foreign ? MISSING : MALFORMED
}
