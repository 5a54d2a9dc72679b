import { type Command, Option } from 'commander'
import { type CommonOptions, readSettings, type Settings } from './config/settings.ts'
import type { ExitCode } from './errors.ts'
import { createPrinter, type Printer } from './output/printer.ts'
import type { World } from './world.ts'

/** What a command works with. */
export interface Session {
  readonly world: World
  readonly settings: Settings
  readonly printer: Printer
}

/** One command, as it is declared: `O` are its options beside the common ones. */
export interface CommandSpec<O extends object = object> {
  /** With its arguments: `show <id>`. */
  readonly name: string
  readonly summary: string
  /** What the summary leaves open. */
  readonly details?: string
  /** Which of the common options it has beside `--config` and `--json`. */
  readonly common: readonly CommonName[]
  readonly options?: readonly Option[]
  /** As they would be typed. Each is run in a test. */
  readonly examples: readonly string[]
  run(session: Session, given: O & CommonOptions, ...args: string[]): Promise<ExitCode>
}

/** Adds commands below a program or a group of commands. @returns the new command */
export type AddCommand = <O extends object>(parent: Command, spec: CommandSpec<O>) => Command

type CommonName = 'db' | 'organization' | 'prefix' | 'actor'

const COMMON: Readonly<Record<CommonName, Option>> = {
  db: option('--db <url>', 'sqlite:<path>, postgres://… or mysql://…, without a password (PATKIT_DB)'),
  organization: option('--organization <id>', 'whose principals and tokens (PATKIT_ORGANIZATION; "default")'),
  prefix: option('--prefix <prefix>', 'how tokens begin, such as acme_pat (PATKIT_PREFIX)'),
  actor: option('--actor <id>', 'who does this, for the history (PATKIT_ACTOR; "cli:" and your user name)'),
}

export function option(flags: string, description: string): Option {
  return new Option(flags, description)
}

/** An option that may be given several times. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`).argParser((value: string, before?: readonly string[]) => [
    ...(before ?? []),
    value,
  ])
}

/** @param ended called with the exit code of each command */
export function commandAdder(world: World, ended: (code: ExitCode) => void): AddCommand {
  return (parent, spec) => {
    const command = parent.command(spec.name).summary(spec.summary)
    command.description(spec.details === undefined ? `${spec.summary}.` : `${spec.summary}. ${spec.details}`)
    for (const each of spec.options ?? []) command.addOption(each)
    for (const name of spec.common) command.addOption(COMMON[name])
    return command
      .option('--config <file>', 'rules and defaults (PATKIT_CONFIG; patkit.json)')
      .option('--json', 'print JSON')
      .addHelpText('after', ['\nExamples:', ...spec.examples.map((example) => `  ${example}`)].join('\n'))
      .action(async (...given: unknown[]) => {
        const args = given.slice(0, -2) as string[]
        const options = given.at(-2) as Parameters<typeof spec.run>[1]
        const session = {
          world,
          settings: readSettings(options, world),
          printer: createPrinter(world, options.json === true),
        }
        ended(await spec.run(session, options, ...args))
      })
  }
}
