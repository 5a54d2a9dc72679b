import type { AuditEvent, TokenRecord, Verifier, VerifierOptions } from '@patkit/core'
import type { Adapter, MiddlewareOptions } from '@patkit/core/adapter'
import type { OnDenyBehaviour } from './vector.ts'

/** The API that a vector is sent to, in any framework. */
export interface App {
  /** What each `patAuth` is given. */
  readonly source: VerifierOptions<TokenRecord> | Verifier<TokenRecord>
  readonly optional: boolean
  /** The `peer` hook, or `null` for none. A runtime without sockets gives one that takes the framework's request. */
  readonly peer: ((request: never) => string | null) | null
  readonly onDeny: OnDenyBehaviour | null
  readonly heard: Heard
}

/** What happened inside while requests were answered. */
export interface Heard {
  handlerCalls: number
  resolverCalls: number
  readonly audit: AuditEvent[]
  readonly faults: Error[]
  /** What reached the framework's error handling. */
  readonly thrown: unknown[]
}

/** An error of the API's own: what a handler or hook throws that has nothing to do with patkit. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: 'HANDLER_FAILED' | 'HOOK_FAILED'

  constructor(code: AppError['code']) {
    super('failed on purpose')
    this.code = code
  }
}

export function heardNothing(): Heard {
  return { handlerCalls: 0, resolverCalls: 0, audit: [], faults: [], thrown: [] }
}

/** One more `patAuth` of an API; `onDeny` is the framework's form of the hook the API wants. */
export function entrance<Q extends object, H, M>(
  patAuth: Adapter<Q, H, M>['patAuth'],
  app: App,
  onDeny: (behaviour: OnDenyBehaviour) => H,
): M {
  const own: MiddlewareOptions<Q, H> = {
    optional: app.optional,
    ...(app.peer !== null && { peer: app.peer as (request: Q) => string | null }),
    ...(app.onDeny !== null && { onDeny: onDeny(app.onDeny) }),
  }
  return 'verify' in app.source ? patAuth(app.source, own) : patAuth({ ...app.source, ...own })
}

/** What a hook answers with, or its failure, at once or later. */
export function hookAnswer(behaviour: OnDenyBehaviour, reason: string): string | Promise<never> {
  if (behaviour === 'answers') return JSON.stringify({ refused: reason })
  const failure = new AppError('HOOK_FAILED')
  if (behaviour === 'throws') throw failure
  return Promise.reject(failure)
}
