import { DEFAULT_PAGE, LARGEST_PAGE } from '@patkit/tokens/store'
import type { Option } from 'commander'
import { option } from '../command.ts'
import { usageError } from '../errors.ts'
import type { Printer } from '../output/printer.ts'

export interface PageOptions {
  readonly limit?: string
  readonly cursor?: string
}

export const PAGE_OPTIONS: readonly Option[] = [
  option('--limit <number>', `1 to ${LARGEST_PAGE} rows (${DEFAULT_PAGE})`),
  option('--cursor <cursor>', 'go on where the page before ended'),
]

const WHOLE_NUMBER = /^\d{1,3}$/

/** @throws CliError */
export function pageOf({ limit, cursor }: PageOptions): { readonly limit: number; readonly cursor?: string } {
  const size = limit === undefined ? DEFAULT_PAGE : Number(WHOLE_NUMBER.test(limit) ? limit : Number.NaN)
  if (!(size >= 1 && size <= LARGEST_PAGE))
    throw usageError('--limit', `must be a whole number from 1 to ${LARGEST_PAGE}`)
  return { limit: size, ...(cursor !== undefined && { cursor }) }
}

/** Says how to see more, where there is more. */
export async function noteNext(printer: Printer, next: string | null): Promise<void> {
  if (next !== null) await printer.note(`next page: --cursor ${next}`)
}
