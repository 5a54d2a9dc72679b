import { isId, isSearchable, LONGEST_NAME } from '../input/fields.ts'
import { lifeEnd } from '../lifecycle/lifetime.ts'
import type { LifeRules, ListSort, Principal, SortPlace, Token } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'

/** After every date: a token without an end sorts last. */
export const NO_END: number = Number.MAX_SAFE_INTEGER
/** A name and an id of four bytes a character, quoted and in base64url. */
const LONGEST_CURSOR = 4_096
/** Before every date: a token that was never used sorts first. */
export const NEVER_USED: number = -1
/** The first member of a principal's cursor. */
const PRINCIPALS = 'principals'

/** The sort key of a token. Names sort by code points. */
export function sortValue(token: Token, sort: ListSort, life: LifeRules): string | number {
  switch (sort) {
    case 'name':
      return token.name
    case 'createdAt':
      return token.createdAt.getTime()
    case 'lastUsedAt':
      return token.lastUsedAt?.getTime() ?? NEVER_USED
    case 'endsAt':
      return lifeEnd(token, life)?.getTime() ?? NO_END
    case 'expiresAt':
      return token.expiresAt?.getTime() ?? NO_END
  }
}

/** The place after a token, opaque to clients. It grants nothing: every statement names the owner. */
export function writeCursor(token: Token, sort: ListSort, life: LifeRules): string {
  return cursorOf([sort, sortValue(token, sort, life), token.id])
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `cursor`, also for the cursor of another order */
export function readCursor(cursor: string, sort: ListSort): SortPlace {
  const [of, value, id] = cursorParts(cursor)
  const isValue = sort === 'name' ? isSearchable(value, LONGEST_NAME) : Number.isSafeInteger(value)
  if (of !== sort || !isValue || !isId(id)) throw invalidInput('cursor', 'is not a cursor of this order')
  return { value: value as string | number, id }
}

/** The place after a principal. */
export function principalCursor({ principalId }: Principal): string {
  return cursorOf([PRINCIPALS, principalId])
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `cursor` */
export function readPrincipalCursor(cursor: string): string {
  const [order, id] = cursorParts(cursor)
  if (order !== PRINCIPALS || !isId(id)) throw invalidInput('cursor', 'is not a cursor of this order')
  return id
}

export function cursorOf(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** The parts of a cursor; empty for a text that is no cursor. */
export function cursorParts(cursor: string): readonly unknown[] {
  if (typeof cursor !== 'string' || cursor.length > LONGEST_CURSOR) return []
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(content) ? content : []
  } catch {
    return []
  }
}
