import type { Command } from 'commander'
import type { AddCommand } from '../command.ts'
import { withStore } from '../database/database.ts'
import { EXIT } from '../errors.ts'

export function migrateCommand(program: Command, add: AddCommand): void {
  add(program, {
    name: 'migrate',
    summary: 'Bring the tables of a database up to date',
    details: 'Does nothing where they are. Several programs may do so at once. Migrate first, then deploy.',
    common: ['db'],
    examples: ['patkit migrate --db sqlite:tokens.db', 'patkit migrate --json'],
    async run({ settings, printer }) {
      const names = await withStore(settings, { create: true, answerMs: null }, (store) => store.migrate())
      await printer.sentence(
        { migrations: names },
        names.length === 0 ? 'The tables are up to date.' : names.map((name) => `Migrated: ${name}`).join('\n'),
      )
      return EXIT.done
    },
  })
}
