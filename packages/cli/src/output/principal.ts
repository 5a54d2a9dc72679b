import { type Owner, type Principal, TokenError } from '@patkit/tokens'
import type { Column } from './table.ts'
import { type Style, terminalText } from './text.ts'
import { instantOr } from './token.ts'

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

export function principalDocument({ organizationId, principalId, kind, disabledAt, ceiling }: Principal): object {
  return { organizationId, principalId, kind, disabledAt, ceiling }
}

export function principalColumns(style: Style): readonly Column<Principal>[] {
  return [
    { title: 'id', value: ({ principalId }) => principalId },
    { title: 'kind', value: ({ kind }) => kind },
    {
      title: 'disabled',
      value: ({ disabledAt }) => instantOr(disabledAt, 'no'),
      paint: (text, { disabledAt }) => (disabledAt === null ? text : style.red(text)),
    },
    { title: 'ceiling', value: ({ ceiling }) => ceilingText(ceiling), least: 12 },
  ]
}

/** No ceiling, and one that lets nothing through, are not the same. */
function ceilingText(ceiling: readonly string[] | null): string {
  if (ceiling === null) return 'none'
  return ceiling.length === 0 ? 'nothing' : ceiling.join(' ')
}
