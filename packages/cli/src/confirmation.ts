import { CliError } from './cli-error.ts'

/**
 * What cannot be undone is asked for twice.
 *
 * @param would what would happen, with its extent
 * @throws CliError where `--yes` is missing
 */
export function requireYes(yes: boolean | undefined, would: string): void {
  if (yes === true) return
  throw new CliError('ERR_PAT_CONFIRMATION_MISSING', `this would ${would}; add --yes to do it`, '--yes')
}

export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
