import type { Actor, TokenView, UpdateInput } from '@patkit/tokens'
import type { Command } from 'commander'
import { type AddCommand, option, repeatable } from '../command.ts'
import { type Database, withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'
import { EXPIRY_OPTIONS, type ExpiryOptions, expiryOf } from '../options/expiry.ts'
import { noteStaleness, printToken } from '../output/token.ts'

interface UpdateOptions extends ExpiryOptions {
  readonly name?: string
  readonly description?: string
  readonly scope?: readonly string[]
  readonly addScope?: readonly string[]
  readonly removeScope?: readonly string[]
  readonly clearScopes?: boolean
  readonly ip?: readonly string[]
  readonly anyIp?: boolean
}

/** One change of a token, decided on what it is then. */
type Edit = (database: Database, actor: Actor, id: string) => Promise<TokenView>

export function addTokenUpdate(parent: Command, add: AddCommand): void {
  add<UpdateOptions>(parent, {
    name: 'update <id>',
    summary: 'Change name, description, scopes, end or addresses of a token',
    details:
      '--add-scope, --remove-scope and --clear-scopes change the scopes that the token has, and cannot be combined.',
    common: ['db', 'actor'],
    options: [
      option('--name <name>', 'what people call it'),
      option('--description <text>', 'description; empty removes it'),
      repeatable('--scope <scope>', 'a scope of the new list, which replaces the old one'),
      repeatable('--add-scope <scope>', 'one more'),
      repeatable('--remove-scope <scope>', 'one less'),
      option('--clear-scopes', 'remove all scopes'),
      ...EXPIRY_OPTIONS,
      repeatable('--ip <address>', 'an address or CIDR range, instead of those before'),
      option('--any-ip', 'any address'),
    ],
    examples: [
      'patkit token update 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --name "nightly backup" --expires-in 30d',
      'patkit token update 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --add-scope drive:write',
      'patkit token update 01923e1c-7d2a-7000-8000-5b1f6f0c7a11 --any-ip --description ""',
    ],
    async run({ settings, printer, world }, given, id) {
      const edit = editOf(given)
      const token = await withDatabase(settings, world.clock, (database) =>
        edit(database, settings.actor, id as string),
      )
      await printToken(printer, token)
      await noteStaleness(printer)
      return EXIT.done
    },
  })
}

function editOf(given: UpdateOptions): Edit {
  const { addScope, removeScope, clearScopes } = given
  const input = updateInput(given)
  const whole = Object.keys(input).length > 0 ? input : undefined
  const edits = [whole, addScope, removeScope, clearScopes].filter((value) => value !== undefined)
  if (edits.length === 0) throw usageError('patkit token update', 'needs something to change; see --help')
  if (edits.length > 1) {
    throw usageError('--add-scope, --remove-scope and --clear-scopes', 'stand alone: make one change after the other')
  }
  return async ({ tokens, token }, actor, id) => {
    const owner = await token(id)
    if (addScope !== undefined) return tokens.addScopes(actor, owner, id, addScope)
    if (removeScope !== undefined) return tokens.removeScopes(actor, owner, id, removeScope)
    if (clearScopes === true) return tokens.clearScopes(actor, owner, id)
    return tokens.update(actor, owner, id, input)
  }
}

function updateInput(given: UpdateOptions): UpdateInput {
  const { name, description, scope, ip, anyIp } = given
  if (ip !== undefined && anyIp === true) throw usageError('--ip and --any-ip', 'exclude each other')
  return {
    ...expiryOf(given),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(scope !== undefined && { scopes: scope }),
    ...(ip !== undefined && { ipAllowlist: ip }),
    ...(anyIp === true && { ipAllowlist: null }),
  }
}
