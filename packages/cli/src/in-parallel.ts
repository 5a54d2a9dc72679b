/**
 * Works on items as they come, so many at a time. After an error no further item is taken; it is thrown when what was
 * under way has ended.
 */
export async function inParallel<T>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  const errors: unknown[] = []

  async function worker(): Promise<void> {
    while (errors.length === 0) {
      const next = await iterator.next()
      if (next.done === true) return
      await work(next.value)
    }
  }

  await Promise.all(Array.from({ length: width }, () => worker().catch((error) => errors.push(error))))
  if (errors.length === 0) return
  await iterator.return?.()
  throw errors[0]
}
