import type { Principal } from '@patkit/tokens'
import type { Style } from './output/style.ts'
import type { Column } from './output/table.ts'
import { instantOr } from './token-text.ts'

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
