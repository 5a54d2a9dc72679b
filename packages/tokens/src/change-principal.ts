import { validPrincipal } from './input.ts'
import type { Principal } from './store.ts'
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
