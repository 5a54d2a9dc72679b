import { type Owner, TokenError } from '@patkit/tokens'
import { terminalText } from './output/terminal-text.ts'

/** Work for an owner. Whoever has been looked for in the wrong organization is told which one that was. */
export async function forOwner<T>(owner: Owner, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof TokenError && error.code === 'ERR_PAT_PRINCIPAL_NOT_FOUND')) throw error
    const message = `there is no principal ${ownerText(owner)}: patkit principal create adds one`
    throw new TokenError(error.code, message, error.field)
  }
}

/** `ada in the organization acme`, or the organization alone. */
export function ownerText(owner: Owner | Pick<Owner, 'organizationId'>): string {
  const organization = `in the organization ${terminalText(owner.organizationId)}`
  return 'principalId' in owner ? `${terminalText(owner.principalId)} ${organization}` : organization
}
