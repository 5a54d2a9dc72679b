import type { TokenRecord, Verifier } from '@patkit/core'
import type { Awaitable, Decision, RequestReader, Requirement } from '@patkit/core/adapter'
// The built package, as users run it: what loads TypeScript sources wraps every closure.
import { createVerifier, tokenFormat } from '../../packages/core/dist/index.js'
import { compare, type Row } from './compare.ts'

const COUNT = 1_000

const reader: RequestReader<string> = {
  header: (request) => request,
  peer: () => null,
  context: () => ({ id: null, method: 'GET', path: '/files', route: '/files', userAgent: null }),
}

const format = tokenFormat({ prefix: 'acme_pat' })

/** Authorizes a token with these scopes, for names that it has, one after the other. */
async function authorizing(scopes: readonly string[], names: readonly string[]): Promise<() => unknown> {
  const token = format.mint()
  const verifier: Verifier<TokenRecord> = createVerifier({
    format,
    wildcards: true,
    resolve: (digest) => ({ ...RECORD, digest, scopes }),
  })
  const verified = allowed(await verifier.verify(`Bearer ${token.reveal()}`, reader))
  const needs = names.map((name): Requirement => ({ kind: 'all', scopes: [name] }))
  for (const need of needs) allowed(verifier.authorize(verified, need, '', reader))
  let index = 0
  return () => {
    index = (index + 1) % needs.length
    return verifier.authorize(verified, needs[index] as Requirement, '', reader)
  }
}

const RECORD = { id: 'tok_1', expiresAt: null, revokedAt: null, ipAllowlist: null, userId: null }

function allowed(decision: Awaitable<Decision<TokenRecord>>) {
  if ('ok' in decision && decision.ok) return decision
  throw new Error('bench: a token was not allowed')
}

function each(scope: (index: number) => string): string[] {
  return Array.from({ length: COUNT }, (_, index) => scope(index))
}

function row(name: string, target: number, scopes: readonly string[], names: readonly string[]): Row {
  const prepare = async () => ({
    run: await authorizing(scopes, names),
    against: await authorizing(['drive:read'], Array<string>(COUNT).fill('drive:read')),
  })
  return { name, target, prepare }
}

const exact = each((index) => `drive:d${index}:read`)
const names = each((index) => `drive:d${index}:read:f${index}`)

await compare('× = authorize with one exact scope, in the same process', import.meta.url, [
  row(`${COUNT} exact scopes`, 2, exact, exact),
  row(
    `${COUNT} wildcard scopes, one shape`,
    10,
    each((index) => `drive:d${index}:*`),
    names,
  ),
  row(
    `${COUNT} wildcard scopes, four shapes`,
    25,
    each(
      (index) =>
        [`drive:d${index}:*`, `*:d${index}:*`, `drive:d${index}:*:f${index}`, `*:d${index}:read:*`][index % 4] ?? '',
    ),
    names,
  ),
])
