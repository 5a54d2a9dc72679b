/** Lets what arrives in this turn of the event loop join in. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
