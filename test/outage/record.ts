import type { AuditEvent } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createAuditLog } from '@patkit/tokens'
import { dialectOf } from '../servers/dialect.ts'
import type { Answer, Errand } from './load.ts'

/** The log's outcome of a request of each errand with this status. */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  'good 200': ['use allowed'],
  'admin 403': ['refused insufficient_scope', 'use allowed'],
  'revoked 401': ['use revoked'],
}

export interface Findings {
  /** Requests that were answered with anything but an outage. */
  readonly answered: number
  readonly rows: number
  /** Requests that were answered, and whose events are not all in the log, once each. */
  readonly lost: readonly string[]
  /** Rows that cannot belong to a request of this load. */
  readonly broken: readonly string[]
}

export function errandsOf({ good, revoked }: { readonly good: string; readonly revoked: string }): readonly Errand[] {
  return [
    { name: 'good', path: '/files', token: good },
    { name: 'admin', path: '/admin', token: good },
    { name: 'revoked', path: '/files', token: revoked },
  ]
}

/** The uses in a log, by request. */
export async function usesOf(databaseUrl: string): Promise<ReadonlyMap<string, readonly AuditEvent[]>> {
  await using store = sqlStore({ dialect: dialectOf(databaseUrl) })
  const uses = new Map<string, AuditEvent[]>()
  for await (const event of createAuditLog(store.audit).read(null)) {
    if (event.kind === 'change') continue
    const id = event.request.id ?? 'none'
    uses.set(id, [...(uses.get(id) ?? []), event])
  }
  return uses
}

/** Compares the answers of clients with the records. */
export function compare(answers: readonly Answer[], uses: ReadonlyMap<string, readonly AuditEvent[]>): Findings {
  const asked = new Set(answers.map(({ requestId }) => requestId))
  const answered = answers.filter(({ status }) => status !== null && status !== 503)
  const lost = answered.filter(({ requestId, errand, status }) => {
    const wanted = RECORDS[`${errand} ${status}`]
    return wanted === undefined || wanted.join() !== (uses.get(requestId) ?? []).map(outcomeOf).sort().join()
  })
  const rows = [...uses.values()].flat()
  return {
    answered: answered.length,
    rows: rows.length,
    lost: lost.map(({ requestId, errand, status }) => `${requestId} ${errand} ${status}`),
    broken: rows.filter((event) => !asked.has(event.request.id ?? '') || !isWhole(event)).map(({ id }) => id),
  }
}

function outcomeOf({ kind, outcome }: AuditEvent): string {
  return `${kind} ${outcome}`
}

function isWhole(event: AuditEvent): boolean {
  const { request, tokenId, principalId, organizationId, clientIp, requiredScopes, outcome } = event
  const ids = [event.id, tokenId, request.id].every((id) =>
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id ?? ''),
  )
  const scopes = outcome === 'insufficient_scope' ? 'admin' : ''
  return (
    ids &&
    principalId === 'ada' &&
    organizationId === 'acme' &&
    clientIp === '127.0.0.1' &&
    requiredScopes.join() === scopes &&
    request.method === 'GET' &&
    event.count === 1
  )
}
