import type { DenyReason } from '@patkit/core'

/** A request that a node was asked to decide about. */
export interface Question {
  readonly number: number
  readonly node: string
  readonly credential: string
  readonly seq: number
  readonly turn: number
  readonly at: number
  /** Whether the node could trust its memory then: it was live, and within its lease. */
  readonly trusted: boolean
}

export interface Answer {
  readonly question: Question
  readonly outcome: 'allowed' | DenyReason
  /** The number of the resolver's call that an allowed record came from. */
  readonly call: number | null
  /** Whether it took the node more than the same instant: nothing was remembered that it could use. */
  readonly waited: boolean
  readonly seq: number
  readonly at: number
}
