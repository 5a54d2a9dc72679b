// The built package, as users run it.
import { createVerifier } from '../../packages/core/dist/index.js'
import { fullOrQuick } from './harness/flags.ts'
import { recordOf } from './harness/record.ts'
import { publish } from './harness/report.ts'
import { atMost } from './harness/target.ts'
import { format, PEER, reader, type Serving, serving } from './own-verifier.ts'

const CACHE = 10_000
const REAL = 5_000
/** A request with a real token comes after every so many of the flood. */
const SHARE = 10

/** Bytes for each remembered token. */
const REMEMBERED_TARGET = 320
const UNKNOWN = fullOrQuick(1_000_000, 50_000)
const MALFORMED = fullOrQuick(100_000, 10_000)
const REMEMBERED = fullOrQuick(1_000_000, 50_000)

await report(`${UNKNOWN} unknown tokens with good checksums, a real one after every ${SHARE}`, UNKNOWN, () => {
  return `Bearer ${format.mint().reveal()}`
})
await report(
  `${MALFORMED} malformed headers, a real one after every ${SHARE}`,
  MALFORMED,
  (index) => `Bearer ${index} ${index}`,
)
await memory(REMEMBERED)

async function report(title: string, count: number, flood: (index: number) => string): Promise<void> {
  const api = await serving(REAL, { cacheEntries: CACHE })
  const before = heap()
  const calls = api.resolverCalls()
  const begun = performance.now()
  const { hits, asked } = await pour(api, count, flood)
  const seconds = (performance.now() - begun) / 1000
  const figures = {
    'real tokens answered from memory': `${((100 * hits) / asked).toFixed(2)} %`,
    'resolver calls': api.resolverCalls() - calls,
    'heap growth': `${((heap() - before) / 1024 / 1024).toFixed(1)} MiB`,
    'requests per second, minting included': Math.round((count + asked) / seconds),
  }
  publish({ title, rows: [figures] })
}

async function pour(api: Serving, count: number, flood: (index: number) => string) {
  let [hits, asked] = [0, 0]
  for (let index = 0; index < count; index++) {
    await api.verifier.verify({ authorization: flood(index), peer: PEER }, reader)
    if (index % SHARE !== 0) continue
    const authorization = api.values[asked % api.values.length] as string
    const decision = api.verifier.verify({ authorization, peer: PEER }, reader)
    if (!(decision instanceof Promise) && decision.ok) hits++
    asked++
  }
  return { hits, asked }
}

/** What a remembered token costs beside the record the resolver answered with, of which the verifier keeps a copy. */
async function memory(count: number): Promise<void> {
  const { values, digests, places } = presented(count)
  const answer = (digest: string) => recordOf({ digest }, places.get(digest) as number)
  const empty = heap()
  const records = digests.map(answer)
  const alone = heap()
  records.length = 0
  const verifier = createVerifier({ format, resolve: answer, cacheEntries: count, cacheTtlSeconds: 3600 })
  const before = heap()
  for (const authorization of values) await verifier.verify({ authorization, peer: PEER }, reader)
  const [record, remembered] = [(alone - empty) / count, (heap() - before) / verifier.health.entries]
  const title = `${verifier.health.entries} remembered tokens, beside a record of ${Math.round(record)} bytes each`
  const figures = {
    'bytes per token': Math.round(remembered - record),
    target: atMost(remembered - record, REMEMBERED_TARGET),
  }
  publish({ title, rows: [figures] })
}

/** Tokens as strings alone, so that nothing else is freed while memory is measured. */
function presented(count: number) {
  const values: string[] = []
  const places = new Map<string, number>()
  for (let index = 0; index < count; index++) {
    const token = format.mint()
    values.push(Buffer.from(`Bearer ${token.reveal()}`).toString('latin1'))
    places.set(token.digest, index)
  }
  return { values, digests: [...places.keys()], places }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
