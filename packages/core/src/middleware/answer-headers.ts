import type { Header } from '../limit/rate-limit-headers.ts'
import { namesVary } from './extend-app.ts'
import type { Outcome } from './outcome.ts'
import { appendVary, type VaryingResponse, varyOnHead } from './vary.ts'

/** What the answer gets beside its own headers. */
type Appended = Pick<Outcome<unknown>, 'vary' | 'headers'>

/**
 * Adds the headers of an outcome to a Node response when its head is written: headers that the app sets until then stay,
 * and an error handler that removes headers does not remove these.
 *
 * @returns whether it could: `false` for anything else
 */
export function headersOnHead(response: VaryingResponse | undefined, { vary, headers }: Appended): boolean {
  if (vary === null && headers.length === 0) return true
  if (typeof response?.writeHead !== 'function') return false
  if (vary !== null && !namesVary(response, vary)) varyOnHead(response, vary)
  if (headers.length > 0) listsOnHead(response, headers)
  return true
}

/** The same headers with what a response has of them already, for runtimes without Node responses. */
export function appendedHeaders(
  present: { get(name: string): string | null },
  { vary, headers }: Appended,
): readonly Header[] {
  const lists = headers.map(([name, value]): Header => [name, joined(present.get(name), value)])
  return vary === null ? lists : [['Vary', appendVary(present.get('Vary'), vary)], ...lists]
}

function listsOnHead(response: VaryingResponse, headers: readonly Header[]): void {
  const { writeHead } = response
  response.writeHead = (...head: readonly unknown[]) => {
    for (const [name, value] of headers) response.setHeader(name, joined(response.getHeader(name) ?? null, value))
    return writeHead.apply(response, [...head])
  }
}

/** RFC 9651 §4.2: several lines of a list are one list. */
function joined(present: unknown, value: string): string {
  return present === null ? value : `${present}, ${value}`
}
