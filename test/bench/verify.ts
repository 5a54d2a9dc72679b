import { hash } from 'node:crypto'
import type { AuditEvent, RequestReader, TokenRecord, Verifier } from '@patkit/core'
// The built package, as users run it: what loads TypeScript sources wraps every closure.
import { createVerifier, tokenFormat } from '../../packages/core/dist/index.js'
import { compare, type Row } from './compare.ts'

interface Request {
  readonly authorization: string
  readonly peer: string
}

const CONTEXT = { id: null, method: 'GET', route: '/files', userAgent: null }
const reader: RequestReader<Request> = {
  header: (request) => request.authorization,
  peer: (request) => request.peer,
  context: () => CONTEXT,
}

const format = tokenFormat({ prefix: 'acme_pat' })
const PEER = '::ffff:127.0.0.1'

/** A part of Node's Buffer that its types leave out: makes a string as a parser does, without looking at an encoding. */
type Line = Buffer & { latin1Slice(): string }

/** Header lines as bytes, in an order that no prefetcher guesses: each `next` makes a fresh string, like a parser. */
function headers(values: readonly string[]): () => string {
  const lines = values.map((value) => Buffer.from(value, 'latin1'))
  let index = 0
  return () => {
    index = (index + 7919) % lines.length
    return (lines[index] as Line).latin1Slice()
  }
}

/** A verifier with `count` cached tokens, and headers that present them. */
async function warm(count: number, audit?: (event: AuditEvent) => void) {
  const tokens = Array.from({ length: count }, () => format.mint())
  const table = new Map(tokens.map((token, index) => [token.digest, record(token.digest, index)]))
  const verifier: Verifier<TokenRecord> = createVerifier({
    format,
    resolve: (digest) => table.get(digest) ?? null,
    cacheEntries: count,
    cacheTtlSeconds: 3600,
    ...(audit !== undefined && { audit }),
  })
  const values = tokens.map((token) => `Bearer ${token.reveal()}`)
  for (const authorization of values) await verifier.verify({ authorization, peer: PEER }, reader)
  return { verifier, values }
}

function record(digest: string, index: number): TokenRecord {
  return {
    id: `tok_${index}`,
    digest,
    scopes: ['drive:read', 'drive:write'],
    expiresAt: new Date(Date.now() + 86_400_000),
    revokedAt: null,
    ipAllowlist: null,
    userId: `user_${index}`,
    principalId: `principal_${index}`,
    organizationId: 'organization_1',
  }
}

function verifying(verifier: Verifier<TokenRecord>, values: readonly string[]): () => unknown {
  const next = headers(values)
  return () => verifier.verify({ authorization: next(), peer: PEER }, reader)
}

/** What everything here is a multiple of: a header line made, and one digest of it. */
function digesting(values: readonly string[]): () => unknown {
  const next = headers(values)
  return () => hash('sha256', next(), 'hex')
}

function warmRow(name: string, target: number, count: number, audit?: (event: AuditEvent) => void): Row {
  const prepare = async () => {
    const { verifier, values } = await warm(count, audit)
    return { run: verifying(verifier, values), against: digesting(values) }
  }
  return { name, target, prepare }
}

/** Refusals of headers that `damage` makes of good ones, by a verifier that has served good ones before. */
function refusal(name: string, target: number, damage: (value: string, index: number) => string): Row {
  const prepare = async () => {
    const { verifier, values } = await warm(1_000)
    return { run: verifying(verifier, values.map(damage)), against: digesting(values) }
  }
  return { name, target, prepare }
}

/** One verifier with and without somebody who listens. */
async function listening() {
  const { verifier, values } = await warm(1_000)
  const listened = await warm(1_000, hear)
  return { run: verifying(listened.verifier, listened.values), against: verifying(verifier, values) }
}

const heard: { last: AuditEvent | null } = { last: null }
function hear(event: AuditEvent): void {
  heard.last = event
}

const MALFORMED = ['Bearer a b', 'Bearer', `Bearer ${'x'.repeat(2000)}`, 'Bearer one, Bearer two']

await compare('× = fresh header string + one crypto.hash, in the same process', import.meta.url, [
  warmRow('warm verify, 1k tokens', 1.65, 1_000),
  warmRow('warm verify + audit callback, 1k tokens', 1.65, 1_000, hear),
  warmRow('warm verify, 100k tokens', 2.3, 100_000),
  warmRow('warm verify + audit callback, 100k tokens', 2.3, 100_000, hear),
  refusal('malformed header', 0.15, (_, index) => MALFORMED[index % MALFORMED.length] as string),
  refusal('malformed character at the end of a token', 0.15, (value) => `${value.slice(0, -1)}!`),
  refusal('bad checksum', 2.2, (value) => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')),
])
await compare('× = warm verify without audit, in the same process', import.meta.url, [
  { name: 'warm verify + audit callback', target: 1.15, prepare: listening },
])
