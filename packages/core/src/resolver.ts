import { PatError } from './errors.ts'
import { type CompiledRecord, compileRecord, type TokenRecord } from './record.ts'
import type { CompileScopes } from './scope-set.ts'

export interface ResolveContext {
  /** Aborted when the lookup has taken longer than `resolveTimeoutMs`. */
  readonly signal: AbortSignal
}

/**
 * Finds the record of a digest. `null` or `undefined` says that there is none. A throw, a time-out or any other shape
 * answers 503, is reported, and is not remembered.
 */
export type Resolve<R extends TokenRecord> = (
  digest: string,
  lookup: ResolveContext,
) => R | null | undefined | Promise<R | null | undefined>

/**
 * Asks a resolver for each digest a credential may be stored under, until one is known.
 *
 * @throws PatError `ERR_PAT_RESOLVER_FAILED`, `ERR_PAT_RESOLVER_TIMEOUT` or `ERR_PAT_RECORD_INVALID`
 */
export function createLookup<R extends TokenRecord>(
  resolve: Resolve<R>,
  timeoutMs: number,
  compileScopes: CompileScopes,
): (digests: readonly string[]) => Promise<CompiledRecord<R> | null> {
  async function inTurn(digests: readonly string[], context: ResolveContext): Promise<CompiledRecord<R> | null> {
    for (const digest of digests) {
      const answer = await ask(resolve, digest, context)
      if (answer !== null) return compiled(answer, digest, compileScopes)
    }
    return null
  }
  return (digests) => withTimeout(timeoutMs, (signal) => inTurn(digests, { signal }))
}

async function ask<R extends TokenRecord>(
  resolve: Resolve<R>,
  digest: string,
  context: ResolveContext,
): Promise<R | null> {
  try {
    return (await resolve(digest, context)) ?? null
  } catch (cause) {
    throw new PatError('ERR_PAT_RESOLVER_FAILED', 'resolver failed', cause)
  }
}

function compiled<R extends TokenRecord>(answer: R, digest: string, compileScopes: CompileScopes): CompiledRecord<R> {
  try {
    return compileRecord(answer, digest, compileScopes)
  } catch (cause) {
    if (cause instanceof PatError) throw cause
    throw new PatError('ERR_PAT_RECORD_INVALID', 'resolved record could not be read', cause)
  }
}

function withTimeout<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new PatError('ERR_PAT_RESOLVER_TIMEOUT', `resolver took longer than ${timeoutMs} ms`))
      controller.abort()
    }, timeoutMs)
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
