export type Awaitable<T> = T | Promise<T>

/**
 * Goes on at once with a value, and later with a promised one. A value with a callable `then` is awaited: a promise
 * need not be one of this realm, nor of the class that the global `Promise` is now.
 */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => U): Awaitable<Awaited<U>> | U {
  return isThenable(value) ? (Promise.resolve(value).then(next) as Promise<Awaited<U>>) : next(value as T)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** Settles as the work does, or rejects with what `late` makes once the time is up. */
export function within<T>(timeoutMs: number, work: () => Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs)
    started(work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

/** A timer that does not keep the process alive, where the runtime has such. */
export function unref(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref?.()
  return timer
}

/** A synchronous error becomes a rejection. */
async function started<T>(work: () => Promise<T>): Promise<T> {
  return work()
}

/** Lets work that arrives in this turn of the event loop join. */
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
