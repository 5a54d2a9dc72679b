import { escapeUnprintable } from '@patkit/core/adapter'

/** Why a JWT is not accepted: the rule, and what speaks against the token. For operators, never for clients. */
export interface Refusal {
  readonly rule: string
  readonly problem: string
}

export function isRefusal(value: object): value is Refusal {
  return 'rule' in value
}

const LONGEST_VALUE = 200

/** A value of a token, cut and escaped for a log. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  const cut = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
  return escapeUnprintable(cut)
}
