export type Awaitable<T> = T | Promise<T>

/**
 * Goes on at once with a value, and later with a promised one. Whatever has a callable `then` is waited for: a promise
 * need not be one of this realm, nor of the class that the global `Promise` is now.
 */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => U): Awaitable<Awaited<U>> | U {
  return isThenable(value) ? (Promise.resolve(value).then(next) as Promise<Awaited<U>>) : next(value as T)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
