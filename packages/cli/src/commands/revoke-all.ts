import { type RevokeInput, type Token, TokenError } from '@patkit/tokens'
import type { Command } from 'commander'
import { AGAIN, inBulk, inParallel } from '../bulk.ts'
import { type AddCommand, option, type Session } from '../command.ts'
import type { CommonOptions } from '../config/settings.ts'
import { type Database, withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { REASON_OPTION, type ReasonOptions, reasonOf } from '../options/reason.ts'
import { counted, unconfirmed } from '../options/values.ts'
import { noteStaleness } from '../output/token.ts'

interface RevokeAllOptions extends ReasonOptions {
  readonly principal?: string
  readonly yes?: boolean
}

/** Selects tokens; absent fields select all. */
interface Selection {
  readonly organizationId?: string
  readonly principalId?: string
  readonly hintPrefix?: string
}

/** Revocations under way at a time. */
const AT_A_TIME = 4

export function revokeAllCommand(program: Command, add: AddCommand): void {
  add<RevokeAllOptions>(program, {
    name: 'revoke-all',
    summary: 'Revoke all tokens of a principal, of an organization, or of one prefix',
    details:
      'Options given together narrow the selection. A prefix alone selects in every organization. All tokens of a ' +
      'principal are revoked in one transaction, others one by one.',
    common: ['db', 'actor'],
    options: [
      option('--principal <id>', 'whose tokens, in the organization that is set'),
      option('--organization <id>', 'whose tokens, those of all its principals'),
      option('--prefix <prefix>', 'tokens that begin so, such as acme_pat'),
      REASON_OPTION,
      option('--yes', 'revoke; without it, only report the count'),
    ],
    examples: [
      'patkit revoke-all --principal ada --yes',
      'patkit revoke-all --organization acme --reason "moved to another system" --yes',
      'patkit revoke-all --prefix acme_pat --yes --json',
    ],
    async run(session, given) {
      const { settings, printer, world } = session
      const selection = selectionOf(session, given)
      const revoked = await withDatabase(settings, world.clock, async (database) => {
        if (given.yes !== true) throw unconfirmed(`revoke ${counted(await count(database, selection), 'token')}`)
        return revokeAll(session, database, selection, reasonOf(given))
      })
      await printer.sentence({ revoked }, `${counted(revoked, 'token')} revoked.`)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

/** Only arguments select: a default from the environment would revoke more tokens than intended. */
function selectionOf({ settings }: Session, given: RevokeAllOptions & CommonOptions): Selection {
  const { principal, organization, prefix } = given
  if (principal === undefined && organization === undefined && prefix === undefined) {
    throw usageError('patkit revoke-all', 'needs --principal, --organization or --prefix')
  }
  return {
    ...(principal !== undefined && { organizationId: settings.organization, principalId: principal }),
    ...(organization !== undefined && { organizationId: organization }),
    // As hints are written. Without what follows, a prefix would also stand for those it is the beginning of.
    ...(prefix !== undefined && { hintPrefix: `${prefix}_…` }),
  }
}

async function revokeAll(
  session: Session,
  { store, tokens }: Database,
  selection: Selection,
  input: RevokeInput,
): Promise<number> {
  const { actor } = session.settings
  const { organizationId, principalId, hintPrefix } = selection
  if (organizationId !== undefined && principalId !== undefined && hintPrefix === undefined) {
    return tokens.revokeAll(actor, { organizationId, principalId }, input)
  }
  let revoked = 0
  await inBulk(session, 'Revoking', (bulk) =>
    inParallel(selected(store, selection), AT_A_TIME, async (token) => {
      await bulk.turn()
      bulk.reached(`${counted(revoked, 'token')} revoked`, AGAIN)
      if (await unlessGone(tokens.revoke(actor, token, token.id, input))) revoked++
    }),
  )
  return revoked
}

async function count({ store }: Database, selection: Selection): Promise<number> {
  let found = 0
  for await (const _ of selected(store, selection)) found++
  return found
}

/** Databases may compare hints without regard to case. Tokens that are revoked already are left as they are. */
async function* selected(store: Database['store'], selection: Selection): AsyncGenerator<Token> {
  const { hintPrefix = '' } = selection
  for await (const token of store.scan(selection)) {
    if (token.revokedAt === null && token.hint.startsWith(hintPrefix)) yield token
  }
}

/** A token that was deleted in the meantime needs no revocation. */
async function unlessGone(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (error instanceof TokenError && error.code === 'ERR_PAT_TOKEN_NOT_FOUND') return false
    throw error
  }
}
