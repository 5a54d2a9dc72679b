import crypto from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AuditEvent, TokenRecord, VerifierOptions } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
import { builtPackages } from './harness/built-packages.ts'
import { bundleSize } from './harness/bundle-size.ts'
import { recordOf } from './harness/record.ts'

/**
 * Part of `pnpm check`: what a cached verify may cost, in figures that do not depend on the speed of the machine or on
 * what else it does. A figure over its bound ends the check. A change that lowers a figure lowers its bound, too.
 */
const BOUNDS = {
  'bytes allocated, no audit': 400,
  'bytes allocated, audit callback': 880,
  'calls of crypto.hash': 1,
  'calls of the clock': 1,
  'calls of the cache': 1,
  'promises returned': 0,
  'bytes of @patkit/hono and @patkit/core, minified and gzipped': 32_000,
}

const TOKENS = 100
const BATCH = 20_000
const WARM_UP_BATCHES = 10
const BATCHES = 15

type Figure = keyof typeof BOUNDS

const packages = builtPackages()
const { createVerifier, tokenFormat } = await packages.load<typeof import('@patkit/core')>('core')
const format = tokenFormat({ prefix: 'acme_pat' })

const reader: RequestReader<string> = {
  header: (value) => value,
  peer: () => '::ffff:127.0.0.1',
  context: () => ({ id: null, method: 'GET', path: '/files', route: '/files', userAgent: null }),
}

/** A verify of one of some tokens, all of them cached. */
async function cachedVerify(options: Partial<VerifierOptions<TokenRecord>> = {}): Promise<() => unknown> {
  const tokens = Array.from({ length: TOKENS }, () => format.mint())
  const records = new Map(tokens.map((token, index) => [token.digest, recordOf(token, index)]))
  const verifier = createVerifier<TokenRecord>({
    format,
    resolve: (digest) => records.get(digest) ?? null,
    cacheTtlSeconds: 3_600,
    ...options,
  })
  const values = tokens.map((token) => `Bearer ${token.reveal()}`)
  for (const value of values) await verifier.verify(value, reader)
  let index = 0
  return () => {
    index = (index + 1) % TOKENS
    return verifier.verify(values[index] as string, reader)
  }
}

/** The fewest of several batches, as the others have what the compiler needed, too. */
function bytesAllocated(run: () => unknown): number {
  const isLarge = process.execArgv.some((flag) => flag.startsWith('--min-semi-space-size='))
  if (globalThis.gc === undefined || !isLarge) throw new Error('Needs --expose-gc and --min-semi-space-size=128')
  for (let batch = 0; batch < WARM_UP_BATCHES; batch++) repeat(run)
  let fewest = Number.POSITIVE_INFINITY
  for (let batch = 0; batch < BATCHES; batch++) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    repeat(run)
    fewest = Math.min(fewest, process.memoryUsage().heapUsed - before)
  }
  if (fewest <= 0) throw new Error('Memory was collected while it was measured: --min-semi-space-size is too small')
  return Math.round(fewest / BATCH)
}

function repeat(run: () => unknown): void {
  for (let index = 0; index < BATCH; index++) run()
}

const heard: { last: AuditEvent | null } = { last: null }
function hear(event: AuditEvent): void {
  heard.last = event
}

interface Calls {
  hash: number
  clock: number
  cache: number
}

/** What one cached verify calls. */
async function callsOfVerify(): Promise<Calls & { readonly promises: number }> {
  const calls: Calls = { hash: 0, clock: 0, cache: 0 }
  const clock = () => {
    calls.clock++
    return Date.now()
  }
  const verify = await cachedVerify({ clock })
  const restore = countCalls(calls)
  let promises = 0
  calls.clock = 0
  try {
    repeat(() => {
      if (verify() instanceof Promise) promises++
    })
  } finally {
    restore()
  }
  const each = (count: number) => count / BATCH
  return { hash: each(calls.hash), clock: each(calls.clock), cache: each(calls.cache), promises }
}

/** Of the copy of lru-cache that core imports. */
async function cacheMethods(): Promise<Record<string, unknown>> {
  const file = join(packages.folder, 'cache.mjs')
  writeFileSync(file, "export { LRUCache } from 'lru-cache'")
  const { LRUCache } = await import(pathToFileURL(file).href)
  return LRUCache.prototype
}

/** Counts calls of `crypto.hash`, and of every method of lru-cache, until the returned function is called. */
function countCalls(calls: Calls): () => void {
  const { hash } = crypto
  crypto.hash = ((...args: Parameters<typeof hash>) => {
    calls.hash++
    return hash(...args)
  }) as typeof hash
  syncBuiltinESMExports()
  const prototype = cachePrototype
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([name, { value }]) => name !== 'constructor' && typeof value === 'function',
  )
  for (const [name, { value }] of methods) {
    prototype[name] = function (this: unknown, ...args: unknown[]) {
      calls.cache++
      return value.apply(this, args)
    }
  }
  return () => {
    crypto.hash = hash
    syncBuiltinESMExports()
    for (const [name, descriptor] of methods) Object.defineProperty(prototype, name, descriptor)
  }
}

const cachePrototype = await cacheMethods()
const calls = await callsOfVerify()
const figures: Readonly<Record<Figure, number>> = {
  'bytes allocated, no audit': bytesAllocated(await cachedVerify()),
  'bytes allocated, audit callback': bytesAllocated(await cachedVerify({ audit: hear })),
  'calls of crypto.hash': calls.hash,
  'calls of the clock': calls.clock,
  'calls of the cache': calls.cache,
  'promises returned': calls.promises,
  'bytes of @patkit/hono and @patkit/core, minified and gzipped': bundleSize(packages.folder).gzipped,
}

const over = (Object.keys(BOUNDS) as Figure[]).filter((figure) => figures[figure] > BOUNDS[figure])
console.table(
  Object.fromEntries(
    Object.entries(BOUNDS).map(([figure, bound]) => [figure, { bound, figure: figures[figure as Figure] }]),
  ),
)
for (const figure of over) console.error(`${figure}: ${figures[figure]} is over the bound of ${BOUNDS[figure]}`)
process.exitCode = over.length === 0 ? 0 : 1
