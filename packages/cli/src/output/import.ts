import type { ImportReport, LineFault } from '../import/index.ts'
import { counted } from '../options/values.ts'
import { type Column, NONE } from './table.ts'
import { terminalText } from './text.ts'

/** What an import has done, or would do, as programs read it. */
export function reportDocument(report: ImportReport, checkOnly: boolean): object {
  const { imported, present, createdOwners, byStatus, byOwner, ofOtherOwners } = report
  const { faults, faultCount, ignored, absent } = report
  const counts = { imported, present, createdOwners, byStatus, byOwner, ofOtherOwners }
  return { checkOnly, ...counts, ignored: Object.fromEntries(ignored), absent, faultCount, faults }
}

/** Organizations that are named to people. */
const MOST_NAMED = 10

/** The same as people read it. Whose tokens they are is left to programs: there may be thousands. */
export function reportText(report: ImportReport, checkOnly: boolean): string {
  const { imported, present, createdOwners, byStatus, ignored, absent } = report
  const verb = checkOnly ? 'would be imported' : 'imported'
  const { active, expired, revoked } = byStatus
  const columns = [...ignored].map(([name, lines]) => `${terminalText(name)} (${counted(lines, 'line')})`)
  return [
    `${counted(imported, 'token')} ${verb}, ${present} imported before, ${counted(createdOwners, 'owner')} created.`,
    `They are: ${active} active, ${expired} expired, ${revoked} revoked.`,
    ...organizationLines(report),
    ...(columns.length === 0 ? [] : [`Not taken over: ${columns.join(', ')}.`]),
    ...(absent.length === 0 ? [] : [`The file has no ${absent.join(', ')}: nothing there limits its tokens.`]),
  ].join('\n')
}

/** Where a file has put tokens, if that is more than one place. */
function organizationLines({ byOwner }: ImportReport): readonly string[] {
  const names = [...new Set(byOwner.map(({ organizationId }) => organizationId))].sort()
  if (names.length < 2) return []
  const more = names.length > MOST_NAMED ? ' …' : ''
  return [`Of ${names.length} organizations: ${names.slice(0, MOST_NAMED).map(terminalText).join(', ')}${more}.`]
}

export const FAULT_COLUMNS: readonly Column<LineFault>[] = [
  { title: 'line', value: ({ line }) => String(line) },
  { title: 'column', value: ({ field }) => field ?? NONE },
  { title: 'problem', value: ({ problem }) => problem },
]
