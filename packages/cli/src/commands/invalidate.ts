import type { Invalidation } from '@patkit/core/adapter'
import type { Command } from 'commander'
import { type AddCommand, option } from '../command.ts'
import type { CommonOptions } from '../config/settings.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'

interface InvalidateOptions {
  readonly token?: string
  readonly principal?: string
}

export function invalidateCommand(program: Command, add: AddCommand): void {
  add<InvalidateOptions>(program, {
    name: 'invalidate',
    summary: 'Make running APIs read from the database again what they remember',
    details:
      'For changes that patkit did not make: a table edited by hand, a restored backup. It reaches every API with a ' +
      'channel to this database. Without an option, everything that is remembered is read again.',
    common: ['db'],
    options: [
      option('--token <id>', 'only this token'),
      option('--principal <id>', 'only the tokens of this principal, and those that act for it'),
      option('--organization <id>', 'only the tokens of this organization'),
    ],
    examples: [
      'patkit invalidate',
      'patkit invalidate --principal ada',
      'patkit invalidate --organization acme --json',
    ],
    async run({ settings, printer, world }, given) {
      const invalidation = invalidationOf(given)
      await withDatabase(settings, world.clock, ({ invalidate }) => invalidate(invalidation))
      await printer.sentence({ invalidation }, 'Every API with a channel to this database will read it again.')
      return EXIT.done
    },
  })
}

function invalidationOf({ token, principal, organization }: InvalidateOptions & CommonOptions): Invalidation {
  const named = Object.entries({ token, principal, organization }).filter(([, id]) => id !== undefined)
  if (named.length > 1) throw usageError('patkit invalidate', 'takes one of --token, --principal and --organization')
  if (token !== undefined) return { kind: 'token', id: token, minVersion: null }
  if (principal !== undefined) return { kind: 'principal', id: principal }
  if (organization !== undefined) return { kind: 'organization', id: organization }
  return { kind: 'all' }
}
