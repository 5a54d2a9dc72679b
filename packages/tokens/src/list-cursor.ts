import { isId, isSearchable } from './input.ts'
import { lifeEnd } from './lifetime.ts'
import type { LifeRules, ListSort, Principal, SortPlace, Token } from './store.ts'
import { invalidInput } from './token-error.ts'

/** Behind every date: without an end, a token ends last. */
export const NO_END: number = Number.MAX_SAFE_INTEGER
/** A name's hundred characters may be of two code units each. */
const LONGEST_NAME_UNITS = 200
/** A name and an id of four bytes a character, quoted and in base64url. */
const LONGEST_CURSOR = 4_096
/** Before every date: what was never used was used first. */
export const NEVER_USED: number = -1
/** The first member of a principal's cursor. */
const PRINCIPALS = 'principals'

/** What a token is sorted by. Names by their code points. */
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

/** The place behind a token, opaque to clients. It opens nothing: the owner is in every statement. */
export function writeCursor(token: Token, sort: ListSort, life: LifeRules): string {
  return cursorOf([sort, sortValue(token, sort, life), token.id])
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `cursor`, also for the cursor of another order */
export function readCursor(cursor: string, sort: ListSort): SortPlace {
  const [of, value, id] = cursorParts(cursor)
  const isValue = sort === 'name' ? isSearchable(value, LONGEST_NAME_UNITS) : Number.isSafeInteger(value)
  if (of !== sort || !isValue || !isId(id)) throw invalidInput('cursor', 'is not a cursor of this order')
  return { value: value as string | number, id }
}

/** The place behind a principal. */
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

/** What a cursor was made of; nothing for what is none. */
export function cursorParts(cursor: string): readonly unknown[] {
  if (typeof cursor !== 'string' || cursor.length > LONGEST_CURSOR) return []
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(content) ? content : []
  } catch {
    return []
  }
}
