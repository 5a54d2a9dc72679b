import { type Owner, TokenError } from '@patkit/tokens'
import { terminalText } from './output/terminal-text.ts'

/** Work for an owner. The error for an unknown principal names the organization. */
export async function forOwner<T>(owner: Owner, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof TokenError && error.code === 'ERR_PAT_PRINCIPAL_NOT_FOUND')) throw error
    const message = `no principal ${ownerText(owner)}: create it with patkit principal create`
    throw new TokenError(error.code, message, error.field)
  }
}

/** `ada in the organization acme`, or the organization alone. */
export function ownerText(owner: Owner | Pick<Owner, 'organizationId'>): string {
  const organization = `in the organization ${terminalText(owner.organizationId)}`
  return 'principalId' in owner ? `${terminalText(owner.principalId)} ${organization}` : organization
}
