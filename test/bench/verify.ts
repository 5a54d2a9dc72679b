import { hash } from 'node:crypto'
import type { AuditEvent, TokenRecord, Verifier } from '@patkit/core'
import { compare, type Row } from './compare.ts'
import { freshValues } from './harness/fresh-values.ts'
import { PEER, reader, serving } from './own-verifier.ts'

function verifying(verifier: Verifier<TokenRecord>, values: readonly string[]): () => unknown {
  const next = freshValues(values)
  return () => verifier.verify({ authorization: next(), peer: PEER }, reader)
}

/** What everything here is a multiple of: a header line made, and one digest of it. */
function digesting(values: readonly string[]): () => unknown {
  const next = freshValues(values)
  return () => hash('sha256', next(), 'hex')
}

function warmRow(name: string, target: number, count: number, audit?: (event: AuditEvent) => void): Row {
  const prepare = async () => {
    const { verifier, values } = await serving(count, audit === undefined ? {} : { audit })
    return { run: verifying(verifier, values), against: digesting(values) }
  }
  return { name, target, prepare }
}

/** Refusals of headers that `damage` makes of good ones, by a verifier that has served good ones before. */
function refusal(name: string, target: number, damage: (value: string, index: number) => string): Row {
  const prepare = async () => {
    const { verifier, values } = await serving(1_000)
    return { run: verifying(verifier, values.map(damage)), against: digesting(values) }
  }
  return { name, target, prepare }
}

/** One verifier with and without a listener. */
async function listening() {
  const { verifier, values } = await serving(1_000)
  const listened = await serving(1_000, { audit: hear })
  return { run: verifying(listened.verifier, listened.values), against: verifying(verifier, values) }
}

const heard: { last: AuditEvent | null } = { last: null }
function hear(event: AuditEvent): void {
  heard.last = event
}

const MALFORMED = ['Bearer a b', 'Bearer', `Bearer ${'x'.repeat(2000)}`, 'Bearer one, Bearer two']

await compare('× = fresh header string + one crypto.hash, in the same process', import.meta.url, [
  warmRow('warm verify, 1k tokens', 1.8, 1_000),
  warmRow('warm verify + audit callback, 1k tokens', 2, 1_000, hear),
  warmRow('warm verify, 100k tokens', 2.3, 100_000),
  warmRow('warm verify + audit callback, 100k tokens', 2.3, 100_000, hear),
  allowlistRow(10, 0.25),
  allowlistRow(1_000, 0.5),
  refusal('malformed header', 0.3, (_, index) => MALFORMED[index % MALFORMED.length] as string),
  refusal('malformed character at the end of a token', 0.15, (value) => `${value.slice(0, -1)}!`),
  refusal('bad checksum', 2, (value) => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')),
])
/** `count` distinct ranges that all but one miss the peer, scattered so that none of them can be joined. */
function allowlist(count: number): string[] {
  const foreign = Array.from({ length: count - 1 }, (_, n) => `${11 + (n % 89)}.${n >> 8}.${n & 255}.0/24`)
  return [...foreign, '127.0.0.0/8']
}

/** What an allowlist adds: a verifier with one against a verifier without, less one. */
function allowlistRow(count: number, target: number): Row {
  const prepare = async () => {
    const { values, verifier } = await serving(1_000, { members: { ipAllowlist: allowlist(count) } })
    const plain = await serving(1_000)
    return {
      run: verifying(verifier, values),
      against: digesting(values),
      without: verifying(plain.verifier, plain.values),
    }
  }
  return { name: `a ${count}-CIDR allowlist adds`, target, prepare }
}

await compare('× = warm verify without audit, in the same process', import.meta.url, [
  { name: 'warm verify + audit callback', target: 1.15, prepare: listening },
])
