/** Calls a user's callback so that neither what it throws nor what it rejects with reaches the request. */
export function notify(call: () => unknown, failed: (cause: unknown) => void): void {
  try {
    const outcome = call()
    if (outcome instanceof Promise) outcome.catch(failed)
  } catch (cause) {
    failed(cause)
  }
}
