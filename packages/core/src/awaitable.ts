export type Awaitable<T> = T | Promise<T>

/** Goes on at once with a value, and later with a promised one. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => U): Awaitable<Awaited<U>> | U {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<U>>) : next(value)
}
