import { setImmediate } from 'node:timers/promises'
import type { Session } from './command.ts'
import { CliError } from './errors.ts'
import { createProgress, type Progress } from './output/progress.ts'

/**
 * Works on items as they come, so many at a time. After an error no further item is taken; it is thrown when the work
 * in progress has ended.
 */
export async function inParallel<T>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  const errors: unknown[] = []

  async function worker(): Promise<void> {
    while (errors.length === 0) {
      const next = await iterator.next()
      if (next.done === true) return
      await work(next.value)
    }
  }

  await Promise.all(Array.from({ length: width }, () => worker().catch((error) => errors.push(error))))
  if (errors.length === 0) return
  await iterator.return?.()
  throw errors[0]
}

/** What a long piece of work says on its way, and asks. */
export interface Bulk {
  /**
   * @param left what an interruption leaves to be said
   * @throws CliError `ERR_PAT_INTERRUPTED` with these texts, after an interruption
   */
  reached(text: string, left?: string): void
  /** Lets signals and the progress in: a database on this thread never waits, and would keep them out. */
  turn(): Promise<void>
}

/** What an interruption leaves, where the rest is done by the same command. */
export const AGAIN = 'run it again to finish'
/** Steps between two turns of the event loop. */
const STEPS = 16

/** Long work: with progress on a terminal, and an orderly end after an interruption. */
export async function inBulk<T>(
  { world, printer }: Session,
  title: string,
  work: (bulk: Bulk) => Promise<T>,
): Promise<T> {
  let interrupted = false
  let steps = 0
  const stopListening = world.onInterrupt(() => {
    interrupted = true
  })
  const progress: Progress = await createProgress(world, printer, title)
  try {
    return await work({
      reached(text, left) {
        if (interrupted) {
          throw new CliError('ERR_PAT_INTERRUPTED', `interrupted: ${text}${left === undefined ? '' : `; ${left}`}`)
        }
        progress.tell(`${title}: ${text}`)
      },
      async turn() {
        steps++
        if (steps % STEPS === 0) await setImmediate()
      },
    })
  } finally {
    progress.end()
    stopListening()
  }
}
