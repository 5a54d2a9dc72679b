import type { AuditEvent } from '@patkit/core'
import type { Heard } from '../contract/app.ts'

/** What happened inside a runtime while it answered a vector, as JSON. */
export interface Report {
  /** Requests that reached the API. */
  readonly arrived: number
  readonly handlerCalls: number
  readonly resolverCalls: number
  readonly audit: readonly AuditEvent[]
  /** Codes. */
  readonly faults: readonly string[]
  readonly thrown: readonly string[]
  /** Where a secret shows. */
  readonly leaks: readonly string[]
}

/** The same as the contract judges it. */
export function heardOf({ handlerCalls, resolverCalls, audit, faults, thrown }: Report): Heard {
  return { handlerCalls, resolverCalls, audit: [...audit], faults: faults.map(coded), thrown: thrown.map(coded) }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}
