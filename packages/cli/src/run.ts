import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { type AddCommand, commandAdder } from './command.ts'
import { auditCommands } from './commands/audit.ts'
import { doctorCommand } from './commands/doctor.ts'
import { gitleaksCommand } from './commands/gitleaks.ts'
import { importCommand } from './commands/import.ts'
import { invalidateCommand } from './commands/invalidate.ts'
import { migrateCommand } from './commands/migrate.ts'
import { principalCommands } from './commands/principal.ts'
import { revokeAllCommand } from './commands/revoke-all.ts'
import { scopesCommand } from './commands/scopes.ts'
import { serveCommands } from './commands/serve.ts'
import { tokenCommands } from './commands/token.ts'
import { verifyCommand } from './commands/verify.ts'
import { EXIT, type ExitCode, failureOf } from './errors.ts'
import { remarkWidth } from './output/printer.ts'
import { BrokenPipe, write } from './output/sink.ts'
import { filled, jsonText, styleOf, terminalText } from './output/text.ts'
import type { World } from './world.ts'

/** The version of this package: its manifest is beside `src`, and beside `dist`. */
export function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** In the order of the help. */
const GROUPS: readonly ((program: Command, add: AddCommand) => void)[] = [
  migrateCommand,
  tokenCommands,
  principalCommands,
  revokeAllCommand,
  invalidateCommand,
  auditCommands,
  verifyCommand,
  importCommand,
  scopesCommand,
  doctorCommand,
  gitleaksCommand,
  serveCommands,
]

const DEFAULT_WIDTH = 80
/** Descriptions are wrapped into as little as this beside what they describe. */
const LEAST_ROOM = 20
/** The start of a message: `patkit: `. */
const NAME_WIDTH = 8

const SOURCES =
  'Values that are not arguments come from the environment, and then from a JSON file: --config, PATKIT_CONFIG or ' +
  'patkit.json. Secrets come from the environment alone: PATKIT_DB, PGPASSWORD, MYSQL_PWD, PATKIT_PEPPERS, ' +
  'PATKIT_KEYPAL_SALT, PATKIT_OIDC_CLIENT_SECRET.'

const EXIT_CODES_HELP: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'refused or false: not found, a refused verb, an invalid token, a problem found'],
  ['2', 'wrong usage: an unknown option, a bad value, a missing --yes'],
  ['3', 'the database, a file or a port could not be used'],
  ['130', 'interrupted'],
]
/** The text before a meaning. */
const CODE_WIDTH = 7

/** One session: each line works after those before it. */
const EXAMPLES = `Examples:
  export PATKIT_DB=sqlite:tokens.db PATKIT_PREFIX=acme_pat
  patkit migrate
  patkit principal create ada
  patkit token create --principal ada --name backup --scope drive:read
  patkit token create --help`

/**
 * Runs one command line. Never rejects, and never ends the process.
 *
 * @param args the arguments after the program's name
 *
 * @example
 * ```ts
 * import { run, type World } from 'patkit'
 *
 * const world: World = {
 *   stdin: process.stdin,
 *   stdout: process.stdout,
 *   stderr: process.stderr,
 *   env: process.env,
 *   cwd: process.cwd(),
 *   columns: null,
 *   isTty: { stdin: false, stdout: false, stderr: false },
 *   user: 'deploy',
 *   clock: Date.now,
 *   onInterrupt: () => () => {},
 *   onTerminate: () => () => {},
 * }
 * process.exitCode = await run(['token', 'list'], world)
 * ```
 */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const noop = () => {}
  // The writer sees a broken pipe as an error of its own; without a listener the stream would end the process as well.
  for (const stream of [world.stdout, world.stderr]) stream.on('error', noop)
  try {
    await programFor(world, (ended) => (code = ended)).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return await printFailure(error, args, world)
  } finally {
    for (const stream of [world.stdout, world.stderr]) stream.off('error', noop)
  }
}

function programFor(world: World, ended: (code: ExitCode) => void): Command {
  const program = new Command('patkit')
    .description('Personal access tokens: issue, manage, verify and audit them on your own database.')
    .version(version())
    .exitOverride()
    // Options behind the name of a command belong to that command.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      // Errors of the parser are printed where errors of commands are.
      outputError: () => {},
      getOutHelpWidth: () => world.columns ?? DEFAULT_WIDTH,
      getErrHelpWidth: () => world.columns ?? DEFAULT_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ minWidthToWrap: LEAST_ROOM })
    .addHelpText('after', () => afterHelp(world.columns ?? DEFAULT_WIDTH))
  for (const group of GROUPS) group(program, commandAdder(world, ended))
  return program
}

function afterHelp(width: number): string {
  const codes = EXIT_CODES_HELP.map(([code, meaning]) => {
    const lines = filled(meaning, width - CODE_WIDTH).replaceAll('\n', `\n${' '.repeat(CODE_WIDTH)}`)
    return `  ${code}`.padEnd(CODE_WIDTH) + lines
  })
  return ['', filled(SOURCES, width), '', 'Exit codes:', ...codes, '', EXAMPLES].join('\n')
}

/** Prints the error of a command, and returns its exit code. */
async function printFailure(error: unknown, args: readonly string[], world: World): Promise<ExitCode> {
  if (error instanceof BrokenPipe) return EXIT.done
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
  // A group without a command has shown its help.
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
  const { exitCode, ...failure } = failureOf(error, args)
  const { code, message, field } = failure
  const text = args.includes('--json')
    ? jsonText({ error: { code, message, field } })
    : `${styleOf(world, 'stderr').red('patkit:')} ${filled(terminalText(message), remarkWidth(world) - NAME_WIDTH)}`
  await write(world.stderr, `${text}\n`).catch(() => {})
  return exitCode
}
