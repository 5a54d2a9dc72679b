import type { Audit, TokenRecord, Verifier } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
// The built package, as users run it: what loads TypeScript sources wraps every closure.
import { createVerifier, tokenFormat } from '../../packages/core/dist/index.js'
import { recordOf } from './harness/record.ts'

export interface Request {
  readonly authorization: string
  readonly peer: string
}

const CONTEXT = { id: null, method: 'GET', path: '/files', route: '/files', userAgent: null }

export const reader: RequestReader<Request> = {
  header: (request) => request.authorization,
  peer: (request) => request.peer,
  context: () => CONTEXT,
}

export const format: ReturnType<typeof tokenFormat> = tokenFormat({ prefix: 'acme_pat' })

/** What a dual-stack listener reports for an IPv4 client. */
export const PEER = '::ffff:127.0.0.1'

export interface Serving {
  readonly verifier: Verifier<TokenRecord>
  /** Header values that present the tokens, all of them remembered. */
  readonly values: readonly string[]
  readonly resolverCalls: () => number
}

export interface ServingOptions {
  readonly cacheEntries?: number
  readonly audit?: Audit
  readonly members?: Partial<TokenRecord>
}

/** A verifier that has served each of `count` tokens once. */
export async function serving(count: number, options: ServingOptions = {}): Promise<Serving> {
  const { members, ...rest } = options
  const tokens = Array.from({ length: count }, () => format.mint())
  const table = new Map(tokens.map((token, index) => [token.digest, recordOf(token, index, members)]))
  let calls = 0
  const verifier: Verifier<TokenRecord> = createVerifier({
    format,
    resolve(digest) {
      calls++
      return table.get(digest) ?? null
    },
    cacheEntries: count,
    cacheTtlSeconds: 3600,
    ...rest,
  })
  const values = tokens.map((token) => `Bearer ${token.reveal()}`)
  for (const authorization of values) await verifier.verify({ authorization, peer: PEER }, reader)
  return { verifier, values, resolverCalls: () => calls }
}
