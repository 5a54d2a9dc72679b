import { validPrincipal } from './input.ts'
import type { Owner, Principal } from './store.ts'
import { invalidInput } from './token-error.ts'

/** What becomes of a principal, made of what it is: a pure function, which may be called more than once. */
export type PrincipalChange = (principal: Principal) => Principal

/** Who a principal is, and of what kind, its tokens were issued for. */
const FIXED = ['organizationId', 'principalId', 'kind'] as const

/**
 * The change, held to what a principal may be. One that gives back what it was given changes nothing.
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

/** A principal to be put. What is left out stays as it is. */
export type PrincipalInput = Owner & Pick<Principal, 'kind'> & Partial<Pick<Principal, 'disabledAt' | 'ceiling'>>

type Given = Partial<Pick<Principal, 'disabledAt' | 'ceiling'>>

/**
 * What a new principal would be, and which members of it are to change one that exists.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member
 */
export function principalPut(input: PrincipalInput): { readonly principal: Principal; readonly given: Given } {
  const { disabledAt = null, ceiling = null, ...rest } = input
  const principal = validPrincipal({ ...rest, disabledAt, ceiling })
  const given = {
    ...(input.disabledAt !== undefined && { disabledAt: principal.disabledAt }),
    ...(input.ceiling !== undefined && { ceiling: principal.ceiling }),
  }
  return { principal, given }
}

/** Whether nothing of the principal that exists would stay. */
export function isWhole(given: Given): boolean {
  return 'disabledAt' in given && 'ceiling' in given
}
