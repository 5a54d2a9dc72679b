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

/** A moment at which a question was decided. */
export interface Decided {
  readonly seq: number
  readonly at: number
  /** Whether the node could trust its memory then. */
  readonly trusted: boolean
  /** How many other questions waited at the node then. */
  readonly othersWaiting: number
}

export interface Answer {
  readonly question: Question
  readonly outcome: 'allowed' | DenyReason
  /** The number of the resolver's call that an allowed record came from. */
  readonly call: number | null
  /** Whether it took the node more than the same instant: nothing was remembered that it could use. */
  readonly waited: boolean
  /** The moments at which it was decided and put on record, where requests wait for that; the last one is the answer's. */
  readonly decided: readonly Decided[]
  readonly seq: number
  readonly at: number
}
