import type { SqlStore } from '@patkit/sql'
import type { Command } from 'commander'
import { AGAIN, inBulk } from '../bulk.ts'
import { type AddCommand, option, repeatable, type Session } from '../command.ts'
import { withDatabase } from '../database/database.ts'
import { EXIT } from '../errors.ts'
import { type ImportReport, importAll, type LayoutName } from '../import/index.ts'
import { importSource, LAYOUT_NAMES, type SourceOptions } from '../import/source.ts'
import { choice, counted } from '../options/values.ts'
import { FAULT_COLUMNS, reportDocument, reportText } from '../output/import.ts'
import { table } from '../output/table.ts'

interface ImportOptions extends SourceOptions {
  readonly createOwners?: string
  readonly check?: boolean
}

/** Tokens under way at a time: more wait for each other's connection. */
const AT_A_TIME = 4

const LENGTH = 'the prefix and the length of these tokens: the length counts the characters after the prefix'
/** The options that a layout's format knows its tokens by. */
const SHAPES: Readonly<Record<LayoutName, string>> = {
  sha256: LENGTH,
  sanctum: 'the prefix of these tokens, where they have one',
  'better-auth': LENGTH,
  unkey: 'the prefix and the bytes of these keys: the bytes count the random ones before they are encoded',
  keypal: LENGTH,
}

export function importCommand(program: Command, add: AddCommand): void {
  add<ImportOptions>(program, {
    name: 'import <file>',
    summary: 'Import the tokens of another system from a file; the whole file is checked before the first write',
    details:
      'The file has digests, never tokens. With a fault anywhere nothing is written. An import that broke off is ' +
      'finished by running it again.',
    common: ['db', 'organization', 'actor'],
    options: [
      option('--layout <name>', `whose table it is: ${LAYOUT_NAMES.join(', ')}`).makeOptionMandatory(),
      option('--file-format <format>', 'csv or jsonl (by the name of the file)'),
      option('--check', 'only report the result; write nothing'),
      option('--create-owners <kind>', 'create owners that are missing, as user or service'),
      option('--principal <id>', 'owner of tokens whose row has no owner'),
      option('--name <name>', 'name of tokens whose row has no name'),
      repeatable('--scope <scope>', 'the scopes, where a row says nothing of them'),
      option('--acts-for-owner', 'tokens act for the user that owns them'),
      option('--max-lifetime <duration>', 'the end that the other system sets by configuration, such as 365d'),
      option('--assume-utc', 'dates without an offset are UTC'),
      repeatable('--owner-prefix <type=prefix>', 'prefix of the ids of one type of owner'),
    ],
    examples: [
      'patkit import tokens.csv --layout sanctum --check --create-owners user --max-lifetime 365d',
      'patkit import keys.jsonl --layout sha256 --create-owners service --scope drive:read --json',
    ],
    async run(session, given, file) {
      const { settings, printer, world } = session
      const createOwners =
        given.createOwners === undefined ? null : choice('--create-owners', given.createOwners, ['user', 'service'])
      const open = importSource(file as string, given, settings, world)
      const checkOnly = given.check === true
      const report = await withDatabase(settings, world.clock, ({ tokens, store }) =>
        inBulk(session, 'Importing', (bulk) =>
          importAll({
            tokens,
            open,
            createOwners,
            checkOnly,
            isIdTaken: (id) => isThere(store, id),
            actor: settings.actor,
            concurrency: AT_A_TIME,
            onProgress: ({ phase, done }) =>
              phase === 'check'
                ? bulk.reached(`${done} checked`, 'nothing was written')
                : bulk.reached(`${done} written`, AGAIN),
          }),
        ),
      )
      await print(session, report, checkOnly)
      if (!checkOnly && report.faultCount === 0) {
        await printer.note(
          `APIs accept them once ${given.layout} is among the formats of their service, with ${SHAPES[given.layout as LayoutName]}.`,
        )
      }
      return report.faultCount === 0 ? EXIT.done : EXIT.refused
    },
  })
}

async function isThere(store: SqlStore, id: string): Promise<boolean> {
  for await (const _ of store.scan({ id })) return true
  return false
}

async function print({ printer }: Session, report: ImportReport, checkOnly: boolean): Promise<void> {
  const { faults, faultCount, imported, createdOwners } = report
  const document = reportDocument(report, checkOnly)
  if (faultCount === 0) return printer.sentence(document, reportText(report, checkOnly))
  await printer.result(document, () => table(FAULT_COLUMNS, faults, printer.width, printer.style).text)
  const shown = faults.length < faultCount ? `, of which the first ${faults.length} are shown` : ''
  const written =
    (imported === 0 && createdOwners === 0) || checkOnly
      ? 'nothing was written'
      : `${imported} were imported all the same`
  await printer.note(`${counted(faultCount, 'fault')}${shown}: ${written}.`)
}
