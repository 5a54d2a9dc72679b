import type { Command } from 'commander'
import { type AddCommand, option, repeatable } from '../command.ts'
import { withDatabase } from '../database.ts'
import { EXIT } from '../exit-code.ts'
import { EXPIRY_OPTIONS, type ExpiryOptions, expiryOf } from '../expiry-options.ts'
import { printIssued, QUIET } from '../issued-token.ts'
import { forOwner } from '../owner.ts'
import { requireFormat } from '../settings.ts'

interface CreateOptions extends ExpiryOptions {
  readonly principal: string
  readonly name: string
  readonly description?: string
  readonly scope?: readonly string[]
  readonly ip?: readonly string[]
  readonly user?: string
  readonly quiet?: boolean
}

export function addTokenCreate(parent: Command, add: AddCommand): void {
  add<CreateOptions>(parent, {
    name: 'create',
    summary: 'Issue a token, and show it once',
    common: ['db', 'organization', 'prefix', 'actor'],
    options: [
      option('--principal <id>', 'who owns it').makeOptionMandatory(),
      option('--name <name>', 'what people call it').makeOptionMandatory(),
      option('--description <text>', 'what it is for'),
      repeatable('--scope <scope>', 'what it may do'),
      ...EXPIRY_OPTIONS,
      repeatable('--ip <address>', 'an address or CIDR range that it may be used from'),
      option('--user <id>', 'the user it acts for'),
      QUIET,
    ],
    examples: [
      'patkit token create --principal ada --name backup --scope drive:read --expires-in 90d',
      'patkit token create --principal ci --name deploy --user ada --ip 10.0.0.0/8 --ip 2001:db8::/48 --json',
      'patkit token create --principal ada --name laptop --scope drive:read --quiet > new-token.txt',
    ],
    async run({ settings, printer, world }, given) {
      requireFormat(settings)
      const owner = { organizationId: settings.organization, principalId: given.principal }
      const input = createInput(given)
      const issued = await withDatabase(settings, world.clock, ({ tokens }) =>
        forOwner(owner, tokens.create(settings.actor, owner, input)),
      )
      await printIssued(printer, issued, given.quiet === true)
      return EXIT.done
    },
  })
}

function createInput(given: CreateOptions) {
  const { name, description, scope, ip, user } = given
  return {
    name,
    ...expiryOf(given),
    ...(description !== undefined && { description }),
    ...(scope !== undefined && { scopes: scope }),
    ...(ip !== undefined && { ipAllowlist: ip }),
    ...(user !== undefined && { userId: user }),
  }
}
