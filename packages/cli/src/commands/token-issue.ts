import type { Command } from 'commander'
import { type AddCommand, option, repeatable } from '../command.ts'
import { requireFormat } from '../config/settings.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT } from '../errors.ts'
import { EXPIRY_OPTIONS, type ExpiryOptions, expiryOf } from '../options/expiry.ts'
import { requiredDuration } from '../options/values.ts'
import { forOwner } from '../output/principal.ts'
import { noteStaleness, printIssued, QUIET } from '../output/token.ts'

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

interface RotateOptions {
  readonly overlap?: string
  readonly quiet?: boolean
}

interface RegenerateOptions extends ExpiryOptions {
  readonly quiet?: boolean
}

export function addTokenRotate(parent: Command, add: AddCommand): void {
  add<RotateOptions>(parent, {
    name: 'rotate <id>',
    summary: 'Give an active token a new secret, and show it once',
    details: 'The old one ends at once, or when the overlap is over or the new one is first used.',
    common: ['db', 'prefix', 'actor'],
    options: [option('--overlap <duration>', 'how long the old secret stays good at most (0s)'), QUIET],
    examples: [
      'patkit token rotate 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --overlap 24h',
      'patkit token rotate 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --quiet > new-token.txt',
    ],
    async run({ settings, printer, world }, { overlap, quiet }, id) {
      requireFormat(settings)
      const input = overlap === undefined ? {} : { overlapSeconds: requiredDuration('--overlap', overlap) }
      const issued = await withDatabase(settings, world.clock, async ({ tokens, token }) =>
        tokens.rotate(settings.actor, await token(id as string), id as string, input),
      )
      await printIssued(printer, issued, quiet === true)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

export function addTokenRegenerate(parent: Command, add: AddCommand): void {
  add<RegenerateOptions>(parent, {
    name: 'regenerate <id>',
    summary: 'Give a revoked or expired token a new secret and a new life, and show it once',
    common: ['db', 'prefix', 'actor'],
    options: [...EXPIRY_OPTIONS, QUIET],
    examples: ['patkit token regenerate 01923e1c-7d2a-7000-8000-5b1f6f0c7a22 --expires-in 30d'],
    async run({ settings, printer, world }, given, id) {
      requireFormat(settings)
      const input = expiryOf(given)
      const issued = await withDatabase(settings, world.clock, async ({ tokens, token }) =>
        tokens.regenerate(settings.actor, await token(id as string), id as string, input),
      )
      await printIssued(printer, issued, given.quiet === true)
      return EXIT.done
    },
  })
}
