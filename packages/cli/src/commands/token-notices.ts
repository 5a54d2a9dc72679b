import type { Notice, TokenService } from '@patkit/tokens'
import type { Command } from 'commander'
import { type AddCommand, option } from '../command.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { counted, instantText } from '../options/values.ts'
import type { Column } from '../output/table.ts'
import { tokenDocument } from '../output/token.ts'

interface NoticesOptions {
  readonly within: string
  readonly limit?: string
  readonly confirm?: boolean
}

const DAYS = /^\d{1,4}(?:,\d{1,4})*$/

export function addTokenNotices(parent: Command, add: AddCommand): void {
  add<NoticesOptions>(parent, {
    name: 'notices',
    summary: 'Claim the expiry notices that are due, in all organizations',
    details:
      'For cron. Each notice is given to one caller at a time, those that end first before others, and again after 10 ' +
      'minutes unless it is confirmed. Its id stays the same. Exits with 0 whether or not a notice is due.',
    common: ['db'],
    options: [
      option('--within <days>', 'days before the end of a token, such as 30,7,1').makeOptionMandatory(),
      option('--limit <count>', 'notices at most, 1 to 1000 (100)'),
      option('--confirm', 'confirm the notices once they are printed'),
    ],
    examples: ['patkit token notices --within 30,7,1 --json', 'patkit token notices --within 7 --confirm'],
    async run({ settings, printer, world }, given) {
      const input = { within: daysOf(given.within), ...(given.limit !== undefined && { limit: Number(given.limit) }) }
      await withDatabase(settings, world.clock, async ({ tokens }) => {
        const notices = await tokens.notices(input)
        const document = { items: notices.map(noticeDocument) }
        await printer.rows(document, NOTICE_COLUMNS, notices, 'No notice is due.')
        // Not before: a notice that could not be printed is to come again.
        if (given.confirm === true) await confirm(tokens, notices)
      })
      return EXIT.done
    },
  })
}

export function addTokenConfirmNotices(parent: Command, add: AddCommand): void {
  add(parent, {
    name: 'confirm-notices <ids>',
    summary: 'Confirm expiry notices by their ids, separated by commas',
    common: ['db'],
    examples: ['patkit token confirm-notices 1895702400000.7.01923e1c-7d2a-7000-8000-5b1f6f0c7a11'],
    async run({ settings, printer, world }, _given, ids) {
      const confirmed = await withDatabase(settings, world.clock, ({ tokens }) =>
        tokens.confirmNotices((ids as string).split(',')),
      )
      await printer.sentence({ confirmed }, `${counted(confirmed, 'notice')} confirmed.`)
      return EXIT.done
    },
  })
}

const NOTICE_COLUMNS: readonly Column<Notice>[] = [
  { title: 'notice', value: ({ id }) => id },
  { title: 'name', value: ({ token }) => token.name, least: 10 },
  { title: 'ends', value: ({ endsAt }) => instantText(endsAt) },
  { title: 'principal', value: ({ token }) => token.principalId, optional: true },
  { title: 'organization', value: ({ token }) => token.organizationId, optional: true },
]

function noticeDocument({ id, within, endsAt, token }: Notice): object {
  return { id, within, endsAt, token: tokenDocument(token) }
}

async function confirm(tokens: TokenService, notices: readonly Notice[]): Promise<void> {
  if (notices.length > 0) await tokens.confirmNotices(notices.map(({ id }) => id))
}

/** @throws CliError naming the option */
function daysOf(text: string): readonly number[] {
  if (!DAYS.test(text)) throw usageError('--within', 'must be numbers of days, separated by commas, such as 30,7,1')
  return text.split(',').map(Number)
}
