/** A cookie of the whole site that scripts cannot read. */
export interface Cookie {
  /** The value in a request; `null` if it is missing, or there twice with different values. */
  read(request: Request): string | null
  /** The value of `Set-Cookie`. */
  write(value: string, maxAgeSeconds: number): string
  /** The value of `Set-Cookie` that removes it. */
  remove(): string
}

/**
 * `SameSite=Lax`: a link from another site opens the page signed in, and no form of another site sends the cookie
 * (RFC 6265bis §5.6.7). The prefix `__Host-` keeps sibling domains from setting it, and needs HTTPS (§4.1.3.2).
 */
export function createCookie(name: string, isSecure: boolean): Cookie {
  const fullName = isSecure ? `__Host-${name}` : name
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    read({ headers }) {
      const values = new Set(
        (headers.get('cookie') ?? '')
          .split(';')
          .map((pair) => pair.trim())
          .filter((pair) => pair.startsWith(`${fullName}=`))
          .map((pair) => pair.slice(fullName.length + 1)),
      )
      const [value] = values
      return values.size === 1 && value !== undefined ? value : null
    },
    write: (value, maxAgeSeconds) => `${fullName}=${value}; Max-Age=${maxAgeSeconds}; ${attributes}`,
    remove: () => `${fullName}=; Max-Age=0; ${attributes}`,
  }
}
