import type { ListSort, SortPlace, Token } from './store.ts'
import { invalidInput } from './token-error.ts'

/** Behind every date: without an end, a token ends last. */
export const NO_END: number = Number.MAX_SAFE_INTEGER
/** Before every date: what was never used was used first. */
export const NEVER_USED: number = -1

/** What a token is sorted by. Names by their code points. */
export function sortValue(token: Token, sort: ListSort): string | number {
  switch (sort) {
    case 'name':
      return token.name
    case 'createdAt':
      return token.createdAt.getTime()
    case 'lastUsedAt':
      return token.lastUsedAt?.getTime() ?? NEVER_USED
    case 'expiresAt':
      return token.expiresAt?.getTime() ?? NO_END
  }
}

/** The place behind a token, opaque to clients. It opens nothing: the owner is in every statement. */
export function writeCursor(token: Token, sort: ListSort): string {
  return cursorOf([sort, sortValue(token, sort), token.id])
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` on `cursor`, also for the cursor of another order */
export function readCursor(cursor: string, sort: ListSort): SortPlace {
  const [of, value, id] = cursorParts(cursor)
  const type = sort === 'name' ? 'string' : 'number'
  if (
    of !== sort ||
    typeof value !== type ||
    typeof id !== 'string' ||
    (type === 'number' && !Number.isSafeInteger(value))
  ) {
    throw invalidInput('cursor', 'is not a cursor of this order')
  }
  return { value: value as string | number, id }
}

export function cursorOf(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** What a cursor was made of; nothing for what is none. */
export function cursorParts(cursor: string): readonly unknown[] {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(content) ? content : []
  } catch {
    return []
  }
}
