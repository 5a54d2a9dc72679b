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
export function unheld(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref?.()
  return timer
}

/** What throws at once rejects as well. */
async function started<T>(work: () => Promise<T>): Promise<T> {
  return work()
}
