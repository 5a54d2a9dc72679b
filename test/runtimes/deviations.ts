import type { RuntimeName } from '../servers/runtime-binary.ts'

/** Vectors that a runtime answers in another way, with the statuses of its answers. */
export interface Deviation {
  readonly reason: string
  readonly statuses: Readonly<Record<string, readonly number[]>>
}

const PASSES_CONTROLS = 'the runtime hands on bytes that the parser of Node refuses: patkit answers, and records it'
const DROPS_EMPTY_LINES =
  'an empty header line is dropped before the API sees the request: it holds no credential, and the other lines count'
const BYTES_AS_UTF8 = 'bytes above 127 are read as UTF-8, so that those that are not UTF-8 become U+FFFD'

/** The vectors on header lines that Node drops, which no other runtime does. */
const MANY_LINES = {
  hidesProxy: "header lines past the server's limit hide the proxy's address",
  hidesLine: "header lines past the server's limit hide a second Authorization line",
  exact: 'exactly as many header lines as the server reads',
  optional: "optional: header lines past the server's limit",
  reported: "header lines past the server's limit are reported once a minute",
  fewer: 'one header line fewer than the server reads',
} as const

export const DEVIATIONS: Readonly<Record<RuntimeName, readonly Deviation[]>> = {
  Bun: [
    { reason: PASSES_CONTROLS, statuses: { 'a DEL behind the token': [400] } },
    { reason: 'the runtime refuses so many header lines itself', statuses: refusedBy(431) },
  ],
  Deno: [
    { reason: 'the limit for all headers is higher', statuses: { 'headers beyond what the server reads': [400] } },
    { reason: 'the runtime refuses so many header lines itself', statuses: refusedBy(400) },
  ],
  workerd: [
    {
      reason: PASSES_CONTROLS,
      statuses: { 'a control character inside the token': [400], 'a DEL behind the token': [400] },
    },
    {
      reason: DROPS_EMPTY_LINES,
      statuses: { 'optional: an empty value': [200], 'an empty value': [401], 'an empty line, then a good one': [200] },
    },
    {
      reason: BYTES_AS_UTF8,
      statuses: {
        'a terminal escape in a user agent': [401],
        'a soft hyphen in a user agent': [401],
        'a control character in a request id': [401],
        'a request id of bytes is sent as UTF-8': [401],
      },
    },
    { reason: 'the limit for all headers is higher', statuses: { 'headers beyond what the server reads': [400] } },
    {
      reason: 'no header line is dropped, so no request is refused',
      statuses: {
        [MANY_LINES.hidesProxy]: [401],
        [MANY_LINES.hidesLine]: [400],
        [MANY_LINES.exact]: [200],
        [MANY_LINES.optional]: [200],
        [MANY_LINES.reported]: [401, 401, 401, 401],
      },
    },
  ],
}

function refusedBy(status: number): Deviation['statuses'] {
  const { reported, ...once } = MANY_LINES
  return {
    ...Object.fromEntries(Object.values(once).map((name) => [name, [status]])),
    [reported]: Array.from({ length: 4 }, () => status),
  }
}
