import { TokenError } from '@patkit/tokens'
import { CommanderError } from 'commander'
import { CliError } from './cli-error.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { redacted } from './redacted.ts'

/** Prints an error of a command. */
export interface Failure {
  readonly exitCode: ExitCode
  readonly code: string
  readonly message: string
  /** The option to blame, where one is. */
  readonly field: string | null
}

/** The options by which the inputs of verbs are given; of several, those that are there are to blame. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  name: ['--name'],
  description: ['--description'],
  scopes: ['--scope', '--add-scope', '--remove-scope'],
  ceiling: ['--ceiling'],
  expiry: ['--expires-in', '--expires-at', '--never'],
  ipAllowlist: ['--ip'],
  userId: ['--user'],
  organizationId: ['--organization'],
  principalId: ['--principal'],
  overlapSeconds: ['--overlap'],
  kind: ['--kind'],
  status: ['--status'],
  sort: ['--sort'],
  endsBefore: ['--ends-before'],
  within: ['--within'],
  search: ['--search'],
  limit: ['--limit'],
  cursor: ['--cursor'],
  tokenId: ['--token'],
  outcome: ['--outcome'],
  reason: ['--reason'],
  clientIp: ['--ip'],
}

/** @param args what was given, for the option that is to blame */
export function failureOf(error: unknown, args: readonly string[]): Failure {
  if (error instanceof TokenError) return refusal(error, args)
  if (error instanceof CliError) {
    return { exitCode: error.exitCode, code: error.code, message: oneLine(error.message), field: error.field }
  }
  if (error instanceof CommanderError) {
    const message = parserMessage(error.message)
    return { exitCode: EXIT.usage, code: 'ERR_PAT_USAGE', message, field: /--[\w-]+/.exec(message)?.[0] ?? null }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { exitCode: EXIT.unavailable, code: 'ERR_PAT_UNEXPECTED', message: oneLine(message), field: null }
}

/** A wrong input was given by an option; `scopes/0` by the first `--scope`. */
function refusal({ code, message, field }: TokenError, args: readonly string[]): Failure {
  const [input = ''] = (field ?? '').split('/')
  const options = OPTIONS_OF[input] ?? []
  const option = options.find((name) => isGiven(name, args)) ?? options[0] ?? null
  const exitCode = code === 'ERR_PAT_INPUT_INVALID' ? EXIT.usage : EXIT.refused
  const text = option === null ? message : message.replace(new RegExp(`^${field} `), `${option} `)
  return { exitCode, code, message: oneLine(text), field: option }
}

function isGiven(option: string, args: readonly string[]): boolean {
  return args.some((arg) => arg === option || arg.startsWith(`${option}=`))
}

/** Without the secrets that it may quote. The parser puts what it suggests on a line of its own, as drivers put hints. */
function oneLine(message: string): string {
  return redacted(message).replace(/\s*[\r\n]+\s*/g, ' ')
}

/** The parser quotes what it does not know: `--token=…` may hold a secret behind the equals sign. */
function parserMessage(message: string): string {
  return oneLine(message.replace(/^error: /, '').replace(/(--[\w-]+=)[^']*/g, '$1…'))
}
