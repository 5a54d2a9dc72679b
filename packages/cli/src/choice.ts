import { usageError } from './cli-error.ts'

/** @throws CliError naming the option and what it can be */
export function choice<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const known = choices.find((each) => each === value)
  if (known !== undefined) return known
  throw usageError(option, `must be one of ${choices.join(', ')}`)
}
