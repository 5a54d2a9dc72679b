import { EXIT, type ExitCode } from './exit-code.ts'

/** What ends a command apart from the `TokenErrorCode`s of verbs. Closed: each has its exit code. */
export type CliErrorCode =
  | 'ERR_PAT_USAGE'
  | 'ERR_PAT_CONFIRMATION_MISSING'
  | 'ERR_PAT_PRINCIPAL_EXISTS'
  | 'ERR_PAT_DATABASE'
  | 'ERR_PAT_FILE'
  | 'ERR_PAT_INTERRUPTED'

const EXIT_CODES: Readonly<Record<CliErrorCode, ExitCode>> = {
  ERR_PAT_USAGE: EXIT.usage,
  ERR_PAT_CONFIRMATION_MISSING: EXIT.usage,
  ERR_PAT_PRINCIPAL_EXISTS: EXIT.refused,
  ERR_PAT_DATABASE: EXIT.unavailable,
  ERR_PAT_FILE: EXIT.unavailable,
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
