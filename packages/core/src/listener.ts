import { isThenable } from './awaitable.ts'

/** Calls a user's callback so that neither what it throws nor what it rejects with reaches the request. */
export function notify(call: () => unknown, failed: (cause: unknown) => void): void {
  try {
    const outcome = call()
    // Also a query builder that runs only when somebody waits for it.
    if (isThenable(outcome)) outcome.then(undefined, failed)
  } catch (cause) {
    failed(cause)
  }
}
