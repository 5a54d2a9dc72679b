import type { AuditScope, LogPart } from '@patkit/tokens'
import type { Command } from 'commander'
import { AGAIN, inBulk } from '../bulk.ts'
import { choice } from '../choice.ts'
import { type AddCommand, option } from '../command.ts'
import { counted, unconfirmed } from '../confirmation.ts'
import { type Database, withDatabase } from '../database.ts'
import { EXIT } from '../exit-code.ts'
import { instantOrAgo, instantText } from '../instant.ts'
import { ownerText } from '../owner.ts'

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
