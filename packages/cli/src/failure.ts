import { TokenError } from '@patkit/tokens'
import { CommanderError } from 'commander'
import { CliError } from './cli-error.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { redacted } from './redacted.ts'

/** How an error is told to whoever ran the command. */
export interface Failure {
  readonly exitCode: ExitCode
  readonly code: string
  readonly message: string
  /** The option, variable or member to blame, where one is. */
  readonly field: string | null
}

/** The options by which the inputs of verbs are given. */
const OPTION_OF: Readonly<Record<string, string>> = {
  name: '--name',
  description: '--description',
  scopes: '--scope',
  ceiling: '--ceiling',
  expiry: '--expires-in',
  ipAllowlist: '--ip',
  userId: '--user',
  organizationId: '--organization',
  principalId: '--principal',
  overlapSeconds: '--overlap',
  kind: '--kind',
  status: '--status',
  sort: '--sort',
  search: '--search',
  limit: '--limit',
  cursor: '--cursor',
  tokenId: '--token',
  outcome: '--outcome',
  reason: '--reason',
  clientIp: '--ip',
}

export function failureOf(error: unknown): Failure {
  if (error instanceof TokenError) return refusal(error)
  if (error instanceof CliError) {
    return { exitCode: error.exitCode, code: error.code, message: redacted(error.message), field: error.field }
  }
  if (error instanceof CommanderError) {
    const message = parserMessage(error.message)
    return { exitCode: EXIT.usage, code: 'ERR_PAT_USAGE', message, field: /--[\w-]+/.exec(message)?.[0] ?? null }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { exitCode: EXIT.unavailable, code: 'ERR_PAT_UNEXPECTED', message: redacted(message), field: null }
}

/** A wrong input was given by an option; `scopes/0` by the first `--scope`. */
function refusal({ code, message, field }: TokenError): Failure {
  const [input = ''] = (field ?? '').split('/')
  const option = OPTION_OF[input] ?? field
  const exitCode = code === 'ERR_PAT_INPUT_INVALID' ? EXIT.usage : EXIT.refused
  const text = field === null ? message : message.replace(new RegExp(`^${field} `), `${option} `)
  return { exitCode, code, message: redacted(text), field: option }
}

/** The parser quotes what it does not know: `--token=…` may hold a secret behind the equals sign. */
function parserMessage(message: string): string {
  return redacted(message.replace(/^error: /, '').replace(/(--[\w-]+=)[^']*/g, '$1…'))
}
