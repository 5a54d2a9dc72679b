import type { Command } from 'commander'
import { type AddCommand, option } from '../command.ts'
import type { Settings } from '../config/settings.ts'
import { withStore } from '../database/database.ts'
import { EXIT, usageError } from '../errors.ts'

interface MigrateArguments {
  readonly partitionEvents?: boolean
}

export function migrateCommand(program: Command, add: AddCommand): void {
  add<MigrateArguments>(program, {
    name: 'migrate',
    summary: 'Bring the tables of a database up to date',
    details: 'Does nothing where they are. Several programs may do so at once. Migrate first, then deploy.',
    common: ['db'],
    options: [
      option('--partition-events', 'split the uses by month, once, so that pruning drops months; PostgreSQL only'),
    ],
    examples: ['patkit migrate --db sqlite:tokens.db', 'patkit migrate --json'],
    async run({ settings, printer }, { partitionEvents = false }) {
      requirePostgres(settings, partitionEvents)
      const names = await withStore(settings, { create: true, answerMs: null }, (store) =>
        store.migrate(partitionEvents ? { partitionEvents } : {}),
      )
      await printer.sentence(
        { migrations: names },
        names.length === 0 ? 'The tables are up to date.' : names.map((name) => `Migrated: ${name}`).join('\n'),
      )
      return EXIT.done
    },
  })
}

function requirePostgres({ database }: Settings, partitionEvents: boolean): void {
  if (!partitionEvents || database === null || database.engine === 'postgres') return
  throw usageError('--partition-events', 'is for PostgreSQL only')
}
