import { types } from 'node:util'
import { canonicalAddress, type DenyReason } from '@patkit/core'
import { DENY_REASONS, printable } from '@patkit/core/adapter'
import { isId, refuseUnknownMembers, validLoggedId } from '../input/fields.ts'
import type { Owner } from '../input/owner.ts'
import { cursorOf, cursorParts } from '../listing/list-cursor.ts'
import { invalidInput } from '../token-error.ts'
import type { AuditFilter, AuditScope, EventPlace, LoggedEvent } from './audit-store.ts'

/** Selects events. An omitted field selects all. */
export interface AuditFilterInput {
  readonly tokenId?: string
  /** `denied`: for any reason. `changed`: changes, sign-ins and sign-outs; not with `reason`, `clientIp` and `requestId`. */
  readonly outcome?: 'allowed' | 'denied' | 'changed'
  readonly reason?: DenyReason
  /** One address, in any form of it. */
  readonly clientIp?: string
  /** The id of one request: its use, and its refusal by a guard. */
  readonly requestId?: string
  /** From this instant on. */
  readonly from?: Date
  /** Before this instant. */
  readonly until?: Date
}

const OUTCOMES = ['allowed', 'denied', 'changed'] as const
/** IPv6 with a dotted quad. */
const LONGEST_ADDRESS = 45
/** Events keep no more of it. */
const LONGEST_REQUEST_ID = 256
/** The first member of a cursor: the order it belongs to. */
const ORDER = 'audit'

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function auditFilter(input: AuditFilterInput): AuditFilter {
  const { tokenId, outcome, reason, clientIp, requestId, from, until, ...unknown } = input
  refuseUnknownMembers(unknown)
  if (outcome !== undefined && !OUTCOMES.includes(outcome)) {
    throw invalidInput('outcome', `must be one of ${OUTCOMES.join(', ')}`)
  }
  if (reason !== undefined && !DENY_REASONS.includes(reason)) {
    throw invalidInput('reason', `must be one of ${DENY_REASONS.join(', ')}`)
  }
  if (reason !== undefined && outcome !== undefined && outcome !== 'denied') {
    throw invalidInput('reason', 'is a field of denied events')
  }
  for (const [field, value] of Object.entries({ clientIp, requestId })) {
    if (value !== undefined && outcome === 'changed') throw invalidInput(field, 'is a field of uses')
  }
  return {
    tokenId: tokenId === undefined ? null : validLoggedId('tokenId', tokenId),
    outcome: outcome ?? null,
    reason: reason ?? null,
    clientIp: clientIp === undefined ? null : validAddress(clientIp),
    requestId: requestId === undefined ? null : validRequestId(requestId),
    from: from === undefined ? null : validInstant('from', from),
    until: until === undefined ? null : validInstant('until', until),
  }
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function validScope(scope: AuditScope): AuditScope {
  if (scope === null) return null
  validLoggedId('organizationId', scope?.organizationId)
  const { organizationId: _, principalId: __, ...unknown } = scope as Owner
  refuseUnknownMembers(unknown)
  if ('principalId' in scope) validLoggedId('principalId', scope.principalId)
  return scope
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on the field */
export function validInstant(field: string, instant: Date): Date {
  if (types.isDate(instant) && !Number.isNaN(instant.getTime())) return instant
  throw invalidInput(field, 'must be a valid Date')
}

/** The place of an event, opaque to clients. It grants nothing: every statement names the owner. */
export function eventCursor({ at, id }: LoggedEvent): string {
  return cursorOf([ORDER, at.getTime(), id])
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `cursor` */
export function readEventCursor(cursor: string): EventPlace {
  const [order, at, id] = cursorParts(cursor)
  if (order !== ORDER || !Number.isSafeInteger(at) || !isId(id)) {
    throw invalidInput('cursor', 'is not a cursor of this order')
  }
  return { at: at as number, id }
}

function validAddress(text: string): string {
  const address = typeof text === 'string' && text.length <= LONGEST_ADDRESS ? canonicalAddress(text) : null
  if (address === null) throw invalidInput('clientIp', 'must be an IP address')
  return address
}

/** In the form in which events have it, with control characters escaped. */
function validRequestId(id: string): string {
  if (typeof id === 'string' && id !== '' && id.length <= LONGEST_REQUEST_ID) return printable(id)
  throw invalidInput('requestId', `must be a string of 1 to ${LONGEST_REQUEST_ID} characters`)
}
