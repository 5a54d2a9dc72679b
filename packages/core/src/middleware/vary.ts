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

/**
 * Names headers in the `Vary` of a Node response when its head is written: one that the app sets until then stays.
 */
export function varyOnHead(response: VaryingResponse, names: string): void {
  const { writeHead } = response
  response.writeHead = (...head: HeadArguments) => writeHead.apply(response, withVary(head, response, names))
}

/** The arguments of `writeHead`: the last is the headers, if any. */
export type HeadArguments = [status: number, reason?: unknown, headers?: unknown]

/** The arguments for a head whose `Vary` has these names too. */
export function withVary(head: HeadArguments, response: VaryingResponse, names: string): HeadArguments {
  const [status, reason, headers] = head
  if (isHeaders(reason)) return [status, headersWithVary(reason, response, names)]
  if (isHeaders(headers)) return [status, reason, headersWithVary(headers, response, names)]
  response.setHeader('Vary', appendVary(asText(response.getHeader('Vary')), names))
  return [status, reason]
}

/** The headers that a head may be written with: an object, or names and values in turn. They go before those set earlier. */
type HeadersArgument = Readonly<Record<string, unknown>> | readonly unknown[]

function isHeaders(argument: unknown): argument is HeadersArgument {
  return typeof argument === 'object' && argument !== null
}

function headersWithVary(headers: HeadersArgument, response: VaryingResponse, names: string): HeadersArgument {
  if (Array.isArray(headers)) return pairsWithVary(headers, response, names)
  // Not spread: Node takes three times as long to write a head from a clone.
  const merged: Record<string, unknown> = {}
  let present: unknown
  for (const name of Object.keys(headers)) {
    const value = (headers as Readonly<Record<string, unknown>>)[name]
    if (isVary(name)) present = value
    else merged[name] = value
  }
  merged.Vary = appendVary(asText(present ?? response.getHeader('Vary')), names)
  return merged
}

function pairsWithVary(pairs: readonly unknown[], response: VaryingResponse, names: string): readonly unknown[] {
  const flat = pairs.flat()
  const others: unknown[] = []
  const present: unknown[] = []
  for (let index = 0; index < flat.length; index += 2) {
    if (isVary(flat[index])) present.push(flat[index + 1])
    else others.push(flat[index], flat[index + 1])
  }
  const text = present.length === 0 ? response.getHeader('Vary') : present
  return [...others, 'Vary', appendVary(asText(text), names)]
}

function isVary(name: unknown): boolean {
  return typeof name === 'string' && name.length === 4 && name.toLowerCase() === 'vary'
}

function asText(value: unknown): string | null {
  return value === undefined ? null : String(value)
}
