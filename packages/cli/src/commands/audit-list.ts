import type { Command } from 'commander'
import { AUDIT_OPTIONS, type AuditOptions, auditFilter, auditScope } from '../audit-options.ts'
import { eventColumns } from '../audit-text.ts'
import type { AddCommand } from '../command.ts'
import { withDatabase } from '../database.ts'
import { EXIT } from '../exit-code.ts'
import { ownerText } from '../owner.ts'
import { noteNext, PAGE_OPTIONS, type PageOptions, pageOf } from '../page-options.ts'

export function addAuditList(parent: Command, add: AddCommand): void {
  add<AuditOptions & PageOptions>(parent, {
    name: 'list',
    summary: 'List events, the newest first',
    common: ['db'],
    options: [...AUDIT_OPTIONS, ...PAGE_OPTIONS],
    examples: [
      'patkit audit list --outcome denied --from 24h',
      'patkit audit list --token 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --limit 100',
      'patkit audit list --reason ip_denied --ip 192.0.2.7 --from 2026-01-01T00:00:00Z --json',
    ],
    async run(session, given) {
      const { settings, printer, world } = session
      const input = { ...auditFilter(session, given), ...pageOf(given) }
      const scope = auditScope(session, given)
      const page = await withDatabase(settings, world.clock, ({ audit }) => audit.list(scope, input))
      const whose = scope === null ? '' : `${'principalId' in scope ? ' of ' : ' '}${ownerText(scope)}`
      await printer.rows(page, eventColumns(printer.style), page.items, `No events${whose}.`)
      await noteNext(printer, page.next)
      return EXIT.done
    },
  })
}
