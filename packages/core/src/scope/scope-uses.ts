import { notify } from '../async.ts'
import { compiledOf, type Grant, type Requirement } from '../decision.ts'
import { PatError } from '../errors.ts'
import type { TokenRecord } from '../lookup/record.ts'
import type { UseListener } from '../options.ts'
import { mayUse } from '../policy.ts'
import { scopeName } from './scope.ts'

/** Passes the scopes by which a guard has let a request in to the listener. */
export type ScopeUses<R extends TokenRecord> = (grant: Grant<R>, need: Requirement) => void

/** @param clock must not throw */
export function createScopeUses<R extends TokenRecord>(
  listener: NonNullable<UseListener<R>['onScopeUse']>,
  clock: () => number,
  report: (fault: PatError) => void,
): ScopeUses<R> {
  const failed = (cause: unknown) => report(new PatError('ERR_PAT_ON_USE_FAILED', 'onScopeUse failed', cause))
  return (grant, need) => {
    if (need.kind === 'user') return
    const record = compiledOf(grant)
    const scopes = need.scopes.map(scopeName).filter((name) => name !== null && mayUse(record, name))
    notify(() => listener(grant.record, scopes as string[], clock(), grant.clientIp), failed)
  }
}
