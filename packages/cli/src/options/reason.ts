import type { RevokeInput } from '@patkit/tokens'
import type { Option } from 'commander'
import { option } from '../command.ts'

export interface ReasonOptions {
  readonly reason?: string
}

export const REASON_OPTION: Option = option('--reason <text>', 'why, for the change events')

export function reasonOf({ reason }: ReasonOptions): RevokeInput {
  return reason === undefined ? {} : { reason }
}
