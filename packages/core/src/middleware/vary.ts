import type { CredentialPlace } from '../credential.ts'

/** The headers of the places, each once, as `Vary` lists them. */
export function varyOf(places: readonly CredentialPlace[]): string {
  const names = places.map(({ header }) => header.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase()))
  return names.filter((name, index) => names.indexOf(name) === index).join(', ')
}

/** A `Vary` with more names in it; `*` has them all (RFC 9110 §12.5.5). */
export function appendVary(present: string | null, more: string): string {
  if (present === null || present.trim() === '') return more
  const known = present
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  if (known.includes('*')) return present
  const missing = more.split(', ').filter((name) => !known.includes(name.toLowerCase()))
  return [present, ...missing].join(', ')
}

/** What of a Node response is needed to name headers in its `Vary`. */
export interface VaryingResponse {
  getHeader(name: string): number | string | readonly string[] | undefined
  setHeader(name: string, value: string): unknown
  // biome-ignore lint/suspicious/noExplicitAny: Node overloads it
  writeHead: (...args: any[]) => any
}

/** Names headers in the `Vary` of a Node response when its head is written: one that the app sets until then stays. */
export function varyOnHead(response: VaryingResponse, names: string): void {
  const { writeHead } = response
  response.writeHead = function (this: VaryingResponse, ...args: unknown[]) {
    response.writeHead = writeHead
    const present = response.getHeader('Vary')
    response.setHeader('Vary', appendVary(present === undefined ? null : String(present), names))
    return writeHead.apply(this, args)
  }
}
