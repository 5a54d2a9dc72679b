import type { Command } from 'commander'
import { type AddCommand, option } from '../command.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT } from '../errors.ts'
import { REASON_OPTION, type ReasonOptions, reasonOf } from '../options/reason.ts'
import { unconfirmed } from '../options/values.ts'
import { terminalText } from '../output/text.ts'
import { instantOr, noteStaleness, tokenDocument } from '../output/token.ts'

export function addTokenRevoke(parent: Command, add: AddCommand): void {
  add<ReasonOptions>(parent, {
    name: 'revoke <id>',
    summary: 'End a token, and keep it on record',
    details: 'Revoking twice is revoking once.',
    common: ['db', 'actor'],
    options: [REASON_OPTION],
    examples: [
      'patkit token revoke 01923e1c-7d2a-7000-8000-5b1f6f0c7a11',
      'patkit token revoke 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --reason "the laptop was lost"',
    ],
    async run({ settings, printer, world }, given, id) {
      const token = await withDatabase(settings, world.clock, async ({ tokens, token }) =>
        tokens.revoke(settings.actor, await token(id as string), id as string, reasonOf(given)),
      )
      const since = instantOr(token.revokedAt, 'now')
      const text = `${terminalText(token.name)} (${token.id}) is revoked, since ${since}.`
      await printer.sentence(tokenDocument(token), text)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

export function addTokenDelete(parent: Command, add: AddCommand): void {
  add<{ readonly yes?: boolean }>(parent, {
    name: 'delete <id>',
    summary: 'Remove a token; its history stays',
    details: 'Revoke it instead to keep it on record.',
    common: ['db', 'actor'],
    options: [option('--yes', 'really')],
    examples: ['patkit token delete 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --yes'],
    async run({ settings, printer, world }, { yes }, id) {
      const gone = await withDatabase(settings, world.clock, async ({ tokens, token }) => {
        const found = await token(id as string)
        if (yes !== true) {
          throw unconfirmed(`remove the token ${terminalText(found.name)} of ${terminalText(found.principalId)}`)
        }
        await tokens.delete(settings.actor, found, found.id)
        return found
      })
      await printer.sentence({ deleted: gone.id }, `deleted ${terminalText(gone.name)} (${gone.id})`)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}
