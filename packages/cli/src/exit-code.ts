/** How a run ended, for scripts. */
export const EXIT = {
  done: 0,
  /** Refused, or not so: no such token, a verb that was refused, a token that is not good, a problem found. */
  refused: 1,
  /** The command was given wrongly, or a confirmation is missing. */
  usage: 2,
  /** The database or a file could not be used. */
  unavailable: 3,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
