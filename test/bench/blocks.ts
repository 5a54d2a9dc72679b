import { performance } from 'node:perf_hooks'
import type { Route } from '@patkit/api'
import { type CallerKind, createHarness, type Harness, PERMITTED } from '../../packages/api/test/harness.ts'
import { fullOrQuick } from './harness/flags.ts'
import { publish } from './harness/report.ts'
import { atMost } from './harness/target.ts'

/** How long one request may keep all others waiting. */
const TARGET_MS = 20
const ROUNDS = fullOrQuick(15, 1)
/** Just below the largest body that is read. */
const SIZE = 63_000

const json = (members: object) => JSON.stringify(members)
const list = (length: number, entry: (at: number) => string) => Array.from({ length }, (_, at) => entry(at))

/** The costliest bodies of their kinds that are known. */
const BODIES: Readonly<Record<string, string>> = {
  'a name of combining marks': json({ name: `a${'\u0301'.repeat(SIZE / 2 - 20)}` }),
  'marks up to the limit': json({ name: 'a', description: `a${'\u0301\u0316'.repeat(999)}` }),
  '500 scopes': json({ name: 'a', scopes: list(500, (at) => `s${at}:${'a:'.repeat(55)}z`) }),
  '500 wildcards': json({ name: 'a', scopes: list(500, (at) => `s${at}:${'*:a:'.repeat(28)}*`) }),
  '500 ranges': json({ name: 'a', ip_allowlist: list(500, (at) => `2001:db8:${at.toString(16)}:1:2:3:4:5/128`) }),
  'many entries': json({ name: 'a', scopes: list(SIZE / 4 - 10, () => 'a') }),
  'many members': `{${list(SIZE / 10, (at) => `"m${at}":1`).join(',')}}`,
  nesting: `${'['.repeat(SIZE / 2)}${']'.repeat(SIZE / 2)}`,
}
const FORMS: Readonly<Record<string, string>> = {
  '16,000 names': list(SIZE / 8, (at) => `n${at}`).join('&'),
  'one name 16,000 times': 'a=1&'.repeat(SIZE / 4),
  'a long token': `token=${'a'.repeat(SIZE - 10)}`,
}
const QUERIES: Readonly<Record<string, string>> = {
  'no query': '',
  'a query of 2,000 names': `?${list(2_000, (at) => `n${at}`).join('&')}`,
  'a search of marks': `?search=${encodeURIComponent('\u0301'.repeat(2_500))}`,
  'a long cursor': `?cursor=${'W'.repeat(15_000)}`,
}

/** The longest time between two turns of the event loop while something works. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  let isOver = false
  const watched = new Promise<void>((resolve) => {
    const turn = () => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      isOver ? resolve() : setImmediate(turn)
    }
    setImmediate(turn)
  })
  await work().finally(() => {
    isOver = true
  })
  await watched
  return longest
}

async function fastest(work: () => Promise<unknown>): Promise<number> {
  const blocks: number[] = []
  for (let round = 0; round < ROUNDS; round++) blocks.push(await longestBlock(work))
  // What else the machine does only adds to it.
  return Math.min(...blocks)
}

function requestsOf(harness: Harness, route: Route): (readonly [string, () => Promise<Response>])[] {
  const path = route.path.replace('{token_id}', harness.active.id).replace('{principal_id}', 'ada')
  const isForm = route.bodyKind === 'form'
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const kind: CallerKind = PERMITTED[route.access.name]
  const send = (query: string, body?: string) => () => {
    const headers = { ...harness.headersOf(kind), 'content-type': type }
    const init = { method: route.method.toUpperCase(), headers, ...(body !== undefined && { body }) }
    return harness.api.fetch(new Request(`http://localhost/manage${path}${query}`, init))
  }
  const queries = Object.entries(QUERIES).map(([what, query]) => [what, send(query)] as const)
  if (route.method === 'get') return queries
  return [...queries, ...Object.entries(isForm ? FORMS : BODIES).map(([what, body]) => [what, send('', body)] as const)]
}

async function worstOf(harness: Harness, route: Route) {
  let worst = { case: '', ms: 0 }
  for (const [what, send] of requestsOf(harness, route)) {
    const ms = await fastest(send)
    if (ms > worst.ms) worst = { case: what, ms }
  }
  return {
    route: `${route.method.toUpperCase()} ${route.path}`,
    'worst case': worst.case,
    'longest block': `${worst.ms.toFixed(1)} ms`,
    'target, ms': atMost(worst.ms, TARGET_MS),
  }
}

const harness = await createHarness()
const rows = []
for (const route of harness.api.routes) rows.push(await worstOf(harness, route))
publish({
  title: 'The longest time that a request to the management API keeps the event loop, with tokens in memory',
  rows,
})
