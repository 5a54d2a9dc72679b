import { type Authenticate, type Caller, hasBearerToken, tokenCallers } from '@patkit/api'
import { effectiveScopes, type Verifier } from '@patkit/core'
import type { StoredRecord } from '@patkit/tokens'
import { PEOPLE, type Person } from './people.ts'
import { MANAGEMENT } from './scopes.ts'
import type { Sessions } from './sessions.ts'

/** Who asks: an administrator's session, or a token that may manage tokens. A token is looked at first, and alone. */
export function callers(verifier: Verifier<StoredRecord>, sessions: Sessions): Authenticate {
  const scopeOf = () => MANAGEMENT
  const byToken = tokenCallers({ verifier, scopeOf, principalScopeOf: scopeOf, callerOf: tokenCaller })
  return async (arriving) => {
    const { request } = arriving
    const person = hasBearerToken(request) ? null : await sessions.holderOf(request.headers.get('cookie'))
    return person === null ? byToken(arriving) : sessionCaller(person)
  }
}

function sessionCaller({ id, organizationId, role }: Person): Caller {
  const isAdmin = role === 'admin'
  return { id, organizationId, principalId: id, ...rights(isAdmin), scopes: isAdmin ? null : [] }
}

/** Administrators give the scope to service principals; a person must be one as long as the token is used. */
function tokenCaller(record: Readonly<StoredRecord>): Caller | null {
  const { organizationId, principalId } = record
  const person = PEOPLE.find(({ id }) => id === principalId)
  if (person !== undefined && person.role !== 'admin') return null
  // A token that acts for one user makes none that acts for another.
  const actsFor = (user: string) => record.userId === null || record.userId === user
  return { id: principalId, organizationId, principalId, ...rights(true), actsFor, scopes: effectiveScopes(record) }
}

/** Administrators bind tokens to the users of their organization, as the document has it. */
function rights(isAdmin: boolean): Pick<Caller, 'manages' | 'actsFor' | 'administers'> {
  return {
    manages: isAdmin ? ({ kind }) => kind === 'service' : null,
    actsFor: () => isAdmin,
    administers: isAdmin,
  }
}
