import { z } from '@hono/zod-openapi'
import { isScopeName } from '@patkit/core'
import { parseInstant } from '@patkit/tokens'

const LARGEST_PAGE = 100
const MOST_SCOPES = 500
const LONGEST_SCOPE = 256
/** With nine digits of a second, and an offset. */
const LONGEST_INSTANT = 35

/** Text that says an instant: RFC 3339 with an offset, of a day that the calendar has. Given on as a `Date`. */
export const instant = z
  .string()
  .transform((text, context) => {
    const date = text.length <= LONGEST_INSTANT ? parseInstant(text) : null
    if (date !== null) return date
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 date and time with an offset' })
    return z.NEVER
  })
  .openapi({ type: 'string', format: 'date-time', example: '2030-01-31T12:00:00Z' })

/** An instant that is given to clients. */
export const instantOut = z.string().openapi({ format: 'date-time', example: '2030-01-31T12:00:00Z' })

export const scopeList = z
  .array(z.string().refine(isShortScope, `must be a scope name of at most ${LONGEST_SCOPE} characters`))
  .max(MOST_SCOPES, `must have at most ${MOST_SCOPES} entries`)

/** A whole number in a query: digits, and nothing that could be read in another way. */
export function queryNumber(least: number, most: number) {
  const problem = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^(?:0|[1-9]\d{0,15})$/, problem)
    .transform(Number)
    .refine((number) => number >= least && number <= most, problem)
    .openapi({ type: 'integer', minimum: least, maximum: most })
}

/** How many a page holds. */
export const pageSize = queryNumber(1, LARGEST_PAGE)

/** To the second, as RFC 3339 has it, where fractions would only be noise. */
export function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export const NOTHING = z.strictObject({})

function isShortScope(text: string): boolean {
  return text.length <= LONGEST_SCOPE && isScopeName(text)
}
