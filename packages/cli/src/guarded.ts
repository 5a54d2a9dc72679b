import { isThenable } from '@patkit/core/adapter'

/**
 * An object whose methods tell failures as `failed` puts them, and give up after a while: a connection that hangs
 * without a word is a failure, too. Nested objects and async iterables are guarded alike.
 */
export function guarded<T extends object>(target: T, limitMs: number | null, failed: (cause: unknown) => Error): T {
  const guard = (value: unknown): unknown => {
    if (typeof value === 'function') return (...args: unknown[]) => outcome(value.apply(target, args))
    return typeof value === 'object' && value !== null ? guarded(value, limitMs, failed) : value
  }
  const outcome = (result: unknown): unknown => {
    if (isThenable(result)) return settled(Promise.resolve(result))
    return isIterable(result) ? steps(result) : result
  }
  const settled = (promise: Promise<unknown>) =>
    (limitMs === null ? promise : within(promise, limitMs)).catch((cause) => {
      throw failed(cause)
    })
  async function* steps(iterable: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    const iterator = iterable[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value } = (await settled(iterator.next())) as IteratorResult<unknown>
        if (done) return
        yield value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return Object.fromEntries(Reflect.ownKeys(target).map((key) => [key, guard(target[key as keyof T])])) as T
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

async function within<R>(promise: Promise<R>, limitMs: number): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1_000} seconds`)), limitMs)
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    clearTimeout(timer)
  }
}
