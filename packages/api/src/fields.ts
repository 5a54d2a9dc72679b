import { z } from '@hono/zod-openapi'
import { isScopeName } from '@patkit/core'
import { LARGEST_PAGE, parseInstant, textPattern } from '@patkit/tokens/store'

const LONGEST_NAME = 255
const LONGEST_DESCRIPTION = 500
const MOST_SCOPES = 500
const LONGEST_SCOPE = 256
/** With nine digits of a second, and an offset. */
const LONGEST_INSTANT = 35
/** RFC 6749 §3.3, in segments with `:` between them. */
const SEGMENTS = String.raw`[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+(?::[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]+)*`
const SCOPE_NAME = `^${SEGMENTS}$`

/** RFC 3339 §5.6 with the days that the months have, for programs to which a format is only a note. */
const YEAR_DAYS = String.raw`\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))`
const LEAP_DAYS = String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29`
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)`

const DATE_TIME = {
  pattern: `^(?:${YEAR_DAYS}|${LEAP_DAYS})[Tt]${TIME}$`,
  format: 'date-time',
  maxLength: LONGEST_INSTANT,
  example: '2030-01-31T12:00:00Z',
} as const

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

/** A limit of a query. No example: the page of the document would send it. */
export const instantBound = instant.openapi({ example: undefined })

/** An instant or `null`. */
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

/** Scopes in a query, separated by spaces: as a list, and `undefined` where they are left out. */
export function spacedScopes(most: number, description: string) {
  const one = `(?=[^ ]{1,${LONGEST_SCOPE}}(?: |$))${SEGMENTS}`
  return z
    .string()
    .optional()
    .transform((text) => text?.split(' '))
    .pipe(scopeList.max(most, `must have at most ${most} scopes`).optional())
    .openapi({ type: 'string', pattern: `^${one}(?: ${one}){0,${most - 1}}$`, description })
}

/** The name of a token: counted in code points, also where Unicode's normal form has fewer. */
export const nameText = matching(
  textPattern(1, LONGEST_NAME),
  `must have 1 to ${LONGEST_NAME} printable characters, one of them visible`,
)

export const descriptionText = matching(
  textPattern(0, LONGEST_DESCRIPTION),
  `must have at most ${LONGEST_DESCRIPTION} printable characters`,
)

/** Why something was done, in the words of who did it. */
export const reasonText = matching(
  textPattern(1, LONGEST_DESCRIPTION),
  `must have 1 to ${LONGEST_DESCRIPTION} printable characters, one of them visible`,
)

/** Part of a name. */
export const searchText = matching(
  new RegExp(`^[^\\p{Cc}\\p{Cs}]{0,${LONGEST_NAME}}$`, 'u'),
  `must have at most ${LONGEST_NAME} characters, without control characters`,
)

/**
 * A whole number in a query: digits, and nothing that could be read in another way.
 *
 * @example
 * ```ts
 * import { queryNumber, z } from '@patkit/api'
 *
 * const query = z.strictObject({ from: queryNumber(0, 10_000).optional() })
 * ```
 */
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

/**
 * To the second, as RFC 3339 has it, where fractions would only be noise.
 *
 * @example
 * ```ts
 * import { toSeconds } from '@patkit/api'
 *
 * toSeconds(new Date('2026-01-02T03:04:05.678Z')) // '2026-01-02T03:04:05Z'
 * ```
 */
export function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export const NOTHING = z.strictObject({})

/** The document has the source alone: the generator would write the flags into it. */
function matching(pattern: RegExp, message: string) {
  return z.string().regex(pattern, message).openapi({ pattern: pattern.source })
}

function isShortScope(text: string): boolean {
  return text.length <= LONGEST_SCOPE && isScopeName(text)
}
