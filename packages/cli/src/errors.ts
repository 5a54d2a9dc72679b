import { TokenError } from '@patkit/tokens'
import { CommanderError } from 'commander'

/** How a run ended, for scripts. */
export const EXIT = {
  done: 0,
  /** Refused, or not so: no such token, a verb that was refused, a token that is not good, a problem found. */
  refused: 1,
  /** The command was given wrongly, or a confirmation is missing. */
  usage: 2,
  /** The database, a file or a port could not be used. */
  unavailable: 3,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What ends a command apart from the `TokenErrorCode`s of verbs. Closed: each has its exit code. */
export type CliErrorCode =
  | 'ERR_PAT_USAGE'
  | 'ERR_PAT_CONFIRMATION_MISSING'
  | 'ERR_PAT_PRINCIPAL_EXISTS'
  | 'ERR_PAT_DATABASE'
  | 'ERR_PAT_FILE'
  | 'ERR_PAT_LISTEN'
  | 'ERR_PAT_INTERRUPTED'

const EXIT_CODES: Readonly<Record<CliErrorCode, ExitCode>> = {
  ERR_PAT_USAGE: EXIT.usage,
  ERR_PAT_CONFIRMATION_MISSING: EXIT.usage,
  ERR_PAT_PRINCIPAL_EXISTS: EXIT.refused,
  ERR_PAT_DATABASE: EXIT.unavailable,
  ERR_PAT_FILE: EXIT.unavailable,
  ERR_PAT_LISTEN: EXIT.unavailable,
  ERR_PAT_INTERRUPTED: EXIT.interrupted,
}

/** An error of a command: one line for the user. `field` names the option. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  readonly field: string | null

  constructor(code: CliErrorCode, message: string, field: string | null = null, options: ErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.field = field
  }

  get exitCode(): ExitCode {
    return EXIT_CODES[this.code]
  }
}

const OPTION = /^--[a-z-]+$/

/** An invalid value of an option, a variable or a member of the configuration. */
export function usageError(what: string, problem: string): CliError {
  return new CliError('ERR_PAT_USAGE', `${what} ${problem}`, OPTION.test(what) ? what : null)
}

/** A password in a URL. Any text may come before it: messages of drivers quote URLs in different ways. */
const URL_PASSWORD = /(\/\/[^\s/:@]*):[^\s/]*@/g
/** A password as a parameter, which drivers take, too. */
const PASSWORD_PARAMETER = /([?&][a-z0-9]*passw?(?:or)?d[a-z0-9]*=)[^&\s]*/gi
/** A token: a prefix and 36 digits of base62. */
const TOKEN = /\b([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*_)[0-9A-Za-z]{36}\b/g
/** A digest, which drivers quote when it is there already. */
const DIGEST = /\b[0-9a-f]{64}\b/g

/** A message without the secrets that it may quote: passwords of URLs, tokens and digests. */
export function redacted(message: string): string {
  return message
    .replace(URL_PASSWORD, '$1:***@')
    .replace(PASSWORD_PARAMETER, '$1***')
    .replace(TOKEN, '$1…')
    .replace(DIGEST, '…')
}

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
  maximumLifetimeSeconds: ['--policy-max-lifetime'],
  idleSeconds: ['--policy-idle'],
  within: ['--within'],
  search: ['--search'],
  limit: ['--limit'],
  cursor: ['--cursor'],
  tokenId: ['--token'],
  outcome: ['--outcome'],
  reason: ['--reason'],
  clientIp: ['--ip'],
  requestId: ['--request'],
}

/** @param args the arguments, to find the option at fault */
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
