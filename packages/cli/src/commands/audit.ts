import type { AuditScope, LogPart } from '@patkit/tokens'
import type { Command } from 'commander'
import { AGAIN, inBulk } from '../bulk.ts'
import { type AddCommand, option } from '../command.ts'
import { type Database, withDatabase } from '../database/database.ts'
import { EXIT } from '../errors.ts'
import { AUDIT_OPTIONS, type AuditOptions, auditFilter, auditScope } from '../options/audit.ts'
import { noteNext, PAGE_OPTIONS, type PageOptions, pageOf } from '../options/page.ts'
import { choice, counted, instantOrAgo, instantText, unconfirmed } from '../options/values.ts'
import { eventColumns } from '../output/audit.ts'
import { ownerText } from '../output/principal.ts'
import { addAuditExport } from './audit-export.ts'

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

interface PruneOptions {
  readonly before: string
  readonly part?: string
  readonly yes?: boolean
}

const PARTS: readonly LogPart[] = ['uses', 'changes']

export function addAuditPrune(parent: Command, add: AddCommand): void {
  add<PruneOptions>(parent, {
    name: 'prune',
    summary: 'Remove old events',
    details: 'Changes show who could do what, and are few: keep them longer than uses.',
    common: ['db'],
    options: [
      option(
        '--before <instant>',
        'older than an RFC 3339 instant, or than a duration, such as 90d',
      ).makeOptionMandatory(),
      option(
        '--organization <id>',
        'only events of this organization (default: all events, those without an organization included)',
      ),
      option('--part <part>', `${PARTS.join(' or ')} (uses)`),
      option('--yes', 'remove; without it, only report the count'),
    ],
    examples: [
      'patkit audit prune --before 90d --yes',
      'patkit audit prune --before 30d --organization acme --yes',
      'patkit audit prune --before 730d --part changes --yes --json',
    ],
    async run(session, given) {
      const { settings, printer, world } = session
      const before = instantOrAgo('--before', given.before, world.clock())
      const { namedOrganization } = settings
      const whose = namedOrganization === null ? null : { organizationId: namedOrganization }
      const part = choice('--part', given.part ?? 'uses', PARTS)
      const removed = await withDatabase(settings, world.clock, async (database) => {
        if (given.yes !== true) throw unconfirmed(await intent(database, part, before, whose))
        return inBulk(session, 'Removing', (bulk) =>
          database.audit.prune({
            ...whose,
            before,
            part,
            onProgress: (done) => bulk.reached(`${done} removed`, AGAIN),
          }),
        )
      })
      await printer.sentence({ removed, part, before, ...whose }, `${counted(removed, 'event')} removed.`)
      return EXIT.done
    },
  })
}

async function intent({ audit }: Database, part: LogPart, before: Date, whose: AuditScope): Promise<string> {
  const outcomes = part === 'changes' ? (['changed'] as const) : (['allowed', 'denied'] as const)
  let found = 0
  for (const outcome of outcomes) {
    for await (const _ of audit.read(whose, { outcome, until: before })) found++
  }
  const what = part === 'changes' ? 'change' : 'use'
  const of = whose === null ? '' : ` ${ownerText(whose)}`
  return `remove ${counted(found, what)}${of} from before ${instantText(before)}`
}

export function auditCommands(program: Command, add: AddCommand): void {
  const audit = program.command('audit').description('Read, export and clear the audit log.')
  addAuditList(audit, add)
  addAuditExport(audit, add)
  addAuditPrune(audit, add)
}
