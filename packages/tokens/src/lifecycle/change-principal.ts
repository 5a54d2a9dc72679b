import { validPrincipal } from '../input/fields.ts'
import type { Owner, Principal } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'

/** Computes the changed principal from the stored one: a pure function, which may be called more than once. */
export type PrincipalChange = (principal: Principal) => Principal

/** Tokens were issued for this identity and kind. */
const FIXED = ['organizationId', 'principalId', 'kind'] as const

/**
 * The change with a check of its result. A change that returns the same object changes nothing.
 *
 * @returns a function that throws a TokenError `ERR_PAT_INPUT_INVALID` naming the member
 */
export function checkedChange(change: PrincipalChange): PrincipalChange {
  return (principal) => {
    const changed = change(principal)
    if (changed === principal) return principal
    const member = FIXED.find((name) => changed?.[name] !== principal[name])
    if (member !== undefined) throw invalidInput(member, 'cannot be changed')
    return validPrincipal(changed)
  }
}

/** A principal to put. Omitted fields stay as they are. */
export type PrincipalInput = Owner & Pick<Principal, 'kind'> & Partial<Pick<Principal, 'disabledAt' | 'ceiling'>>

type ProvidedFields = Partial<Pick<Principal, 'disabledAt' | 'ceiling'>>

/**
 * The new principal, and the fields that replace those of an existing one.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member
 */
export function principalPut(input: PrincipalInput): {
  readonly principal: Principal
  readonly provided: ProvidedFields
} {
  const { disabledAt = null, ceiling = null, ...rest } = input
  const principal = validPrincipal({ ...rest, disabledAt, ceiling })
  const provided = {
    ...(input.disabledAt !== undefined && { disabledAt: principal.disabledAt }),
    ...(input.ceiling !== undefined && { ceiling: principal.ceiling }),
  }
  return { principal, provided }
}

/** Whether every field of an existing principal is replaced. */
export function isWhole(provided: ProvidedFields): boolean {
  return 'disabledAt' in provided && 'ceiling' in provided
}
