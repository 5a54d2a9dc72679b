export type Awaitable<T> = T | Promise<T>

/**
 * Goes on at once with a value, and later with a promised one. A value with a callable `then` is awaited: a promise
 * need not be one of this realm, nor of the class that the global `Promise` is now.
 *
 * @example
 * ```ts
 * import { andThen } from '@patkit/core/adapter'
 *
 * andThen(2, (n) => n + 1) // 3, without a promise
 * await andThen(Promise.resolve(2), (n) => n + 1) // 3
 * ```
 */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => U): Awaitable<Awaited<U>> | U {
  return isThenable(value) ? (Promise.resolve(value).then(next) as Promise<Awaited<U>>) : next(value as T)
}

/**
 * Whether a value has a callable `then`.
 *
 * @example
 * ```ts
 * import { isThenable } from '@patkit/core/adapter'
 *
 * isThenable(Promise.resolve()) // true
 * isThenable(null) // false
 * ```
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/**
 * Settles as the work does, or rejects with what `late` makes once the time is up.
 *
 * @example
 * ```ts
 * import { within } from '@patkit/core/adapter'
 *
 * const response = await within(2_000, () => fetch('https://keys.example.com'), () => new Error('no answer in 2 s'))
 * console.log(response.status)
 * ```
 */
export function within<T>(timeoutMs: number, work: () => Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs)
    started(work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

/**
 * A timer that does not keep the process alive, where the runtime has such.
 *
 * @example
 * ```ts
 * import { unref } from '@patkit/core/adapter'
 *
 * unref(setTimeout(() => console.log('a minute later'), 60_000))
 * ```
 */
export function unref(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref?.()
  return timer
}

/** A synchronous error becomes a rejection. */
async function started<T>(work: () => Promise<T>): Promise<T> {
  return work()
}

/**
 * Lets work that arrives in this turn of the event loop join.
 *
 * @example
 * ```ts
 * import { nextTurn } from '@patkit/core/adapter'
 *
 * const digests = new Set(['a'])
 * await nextTurn() // other requests of this turn have added theirs
 * console.log(digests.size)
 * ```
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Calls a user's callback so that its errors and rejections do not reach the request. */
export function notify(call: () => unknown, failed: (cause: unknown) => void): void {
  try {
    const outcome = call()
    // Also a query builder that runs only when it is awaited.
    if (isThenable(outcome)) outcome.then(undefined, failed)
  } catch (cause) {
    failed(cause)
  }
}
