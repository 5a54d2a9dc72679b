const { setImmediate } = globalThis

/** Resolves when every promise that could go on has gone on. Works while the global timers are replaced. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
