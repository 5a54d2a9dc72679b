import type { Readable, Writable } from 'node:stream'

/** Everything that the command line takes from, and gives to, the process it runs in. */
export interface World {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths begin. */
  readonly cwd: string
  /** Columns of the terminal at stdout; `null` without a terminal: lines may have any length. */
  readonly columns: number | null
  /** Which of the three streams are terminals. */
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
  /** The user of the operating system, for the history of tokens. */
  readonly user: string
  /** The time, in epoch milliseconds. */
  readonly clock: () => number
  /** Lets a command end in good order when it is interrupted. @returns what stops listening */
  readonly onInterrupt: (listener: () => void) => () => void
  /** Lets a server end in good order when it is asked to (SIGTERM). @returns what stops listening */
  readonly onTerminate: (listener: () => void) => () => void
}
