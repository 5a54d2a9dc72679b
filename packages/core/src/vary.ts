import type { CredentialPlace } from './credential.ts'

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
