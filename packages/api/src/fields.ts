import { z } from '@hono/zod-openapi'
import { isScopeName } from '@patkit/core'
import { parseInstant, textPattern } from '@patkit/tokens'

const LARGEST_PAGE = 100
const LONGEST_NAME = 100
const LONGEST_DESCRIPTION = 500
const MOST_SCOPES = 500
const LONGEST_SCOPE = 256
/** With nine digits of a second, and an offset. */
const LONGEST_INSTANT = 35
/** RFC 6749 §3.3, in segments with `:` between them. */
const SCOPE_NAME = String.raw`^[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+(?::[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+)*$`

const DATE_TIME = { format: 'date-time', maxLength: LONGEST_INSTANT, example: '2030-01-31T12:00:00Z' } as const

/** Text that says an instant: RFC 3339 with an offset, of a day that the calendar has. Given on as a `Date`. */
export const instant = z
  .string()
  .transform((text, context) => {
    const date = text.length <= LONGEST_INSTANT ? parseInstant(text) : null
    if (date !== null) return date
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 date and time with an offset' })
    return z.NEVER
  })
  .openapi({ type: 'string', ...DATE_TIME })

/** An instant, or `null` for none. */
export const instantOrNull = instant.nullable().openapi({ type: ['string', 'null'], ...DATE_TIME })

/** An instant that is given to clients. */
export const instantOut = z.string().openapi({ format: 'date-time', example: '2030-01-31T12:00:00Z' })

export const scopeList = z
  .array(
    z
      .string()
      .refine(isShortScope, `must be a scope name of at most ${LONGEST_SCOPE} characters`)
      .openapi({ pattern: SCOPE_NAME, maxLength: LONGEST_SCOPE }),
  )
  .max(MOST_SCOPES, `must have at most ${MOST_SCOPES} entries`)

/** The name of a token: counted in code points, also where Unicode's normal form has fewer. */
export const nameText = z
  .string()
  .regex(textPattern(1, LONGEST_NAME), `must have 1 to ${LONGEST_NAME} printable characters, one of them visible`)

export const descriptionText = z
  .string()
  .regex(textPattern(0, LONGEST_DESCRIPTION), `must have at most ${LONGEST_DESCRIPTION} printable characters`)

/** Part of a name, without control characters. */
export const searchText = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{0,100}$/u, 'must have at most 100 characters, and no control characters')

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
