import type { Client, Query } from './client.ts'
import type { Page } from './models.ts'

export const LARGEST_PAGE = 100

/** The pages of a list, one after the other, until `most` items were read. */
export async function* pagesOf<T>(
  client: Client,
  path: string,
  query: Query,
  most: number,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly items: readonly T[]; readonly isLast: boolean }> {
  let cursor: string | undefined
  for (let read = 0; read < most; read += LARGEST_PAGE) {
    const page = await client.get<Page<T>>(path, { ...query, limit: LARGEST_PAGE, cursor }, signal)
    yield { items: page.items, isLast: page.next_cursor === null }
    if (page.next_cursor === null) return
    cursor = page.next_cursor
  }
}

/** Items of a list, and whether there are more than `most`. */
export async function readAll<T>(
  client: Client,
  path: string,
  query: Query,
  most: number,
  signal?: AbortSignal,
): Promise<{ readonly items: readonly T[]; readonly isComplete: boolean }> {
  const items: T[] = []
  let isComplete = false
  for await (const page of pagesOf<T>(client, path, query, most, signal)) {
    items.push(...page.items)
    isComplete = page.isLast
  }
  return { items, isComplete }
}
