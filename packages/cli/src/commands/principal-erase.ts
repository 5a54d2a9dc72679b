import { type ErasedPrincipal, type Owner, TokenError } from '@patkit/tokens'
import type { Command } from 'commander'
import { type AddCommand, option, type Session } from '../command.ts'
import { type Database, withDatabase } from '../database/database.ts'
import { EXIT } from '../errors.ts'
import { choice, counted, unconfirmed } from '../options/values.ts'
import { ownerText } from '../output/principal.ts'
import { terminalText } from '../output/text.ts'
import { noteStaleness } from '../output/token.ts'

interface EraseOptions {
  readonly events: string
  readonly yes?: boolean
}

const MODES = ['keep', 'pseudonymise', 'erase'] as const

export function addPrincipalErase(parent: Command, add: AddCommand): void {
  add<EraseOptions>(parent, {
    name: 'erase <id>',
    summary: 'Remove a principal with its tokens, and do with its events what you choose',
    details:
      'Tokens of others that act for the principal are revoked. Events are changed in batches: where the command is ' +
      'stopped, run it again, and it goes on with the choice that was made first.',
    common: ['db', 'organization', 'actor'],
    options: [
      option('--events <choice>', `what becomes of its events: ${MODES.join(', ')}`).makeOptionMandatory(),
      option('--yes', 'erase; without it, only report the count of its tokens'),
    ],
    examples: [
      'patkit principal erase ada --events pseudonymise --yes',
      'patkit principal erase ada --events erase --yes --json',
    ],
    async run(session, given, id) {
      const { settings, printer, world } = session
      const owner = { organizationId: settings.organization, principalId: id as string }
      const { recordedAs, tokens } = await withDatabase(settings, world.clock, (database) =>
        erased(session, database, owner, given),
      )
      const ended = `${counted(tokens, 'token')} removed or revoked`
      const name = `its events name ${terminalText(recordedAs)}`
      await printer.sentence({ recordedAs, tokens }, `erased ${terminalText(owner.principalId)}: ${ended}; ${name}.`)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

async function erased(
  { settings }: Session,
  { tokens }: Database,
  owner: Owner,
  given: EraseOptions,
): Promise<ErasedPrincipal> {
  const events = choice('--events', given.events, MODES)
  if (given.yes !== true) {
    const { total } = await tokens.list(owner)
    throw unconfirmed(`erase ${ownerText(owner)} with ${counted(total, 'token')}; --events is ${events}`)
  }
  try {
    return await tokens.erasePrincipal(settings.actor, owner, { events })
  } catch (error) {
    if (!(error instanceof TokenError && error.code === 'ERR_PAT_PRINCIPAL_NOT_FOUND')) throw error
    throw new TokenError(error.code, `principal ${ownerText(owner)} not found, and no erasure to finish`, error.field)
  }
}
