/** How many values one statement names. */
const LARGEST_LIST = 500

/** Batches of the size of one statement. */
export function batchesOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / LARGEST_LIST) }, (_, index) => index * LARGEST_LIST)
  return starts.map((start) => items.slice(start, start + LARGEST_LIST))
}
