import { CliError } from './cli-error.ts'

/**
 * What cannot be undone is asked for twice: the error where `--yes` is missing.
 *
 * @param would what would happen, with its extent
 */
export function unconfirmed(would: string): CliError {
  return new CliError('ERR_PAT_CONFIRMATION_MISSING', `this would ${would}; add --yes to do it`, '--yes')
}

export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
