export type ChangeAction =
  | 'create'
  | 'import'
  | 'update'
  | 'rotate'
  | 'revoke'
  | 'regenerate'
  | 'delete'
  | 'principal'
  | 'secret_adopted'
  | 'secret_reused'
  | 'erasure_begun'
  | 'erasure_done'
  | 'sign_in_link'
  | 'sign_in_openid'
  | 'sign_out'

/** One change, committed together with it. Holds neither a secret nor a digest. */
export interface ChangeEvent {
  /** UUIDv7. */
  readonly id: string
  readonly at: Date
  readonly kind: 'change'
  readonly action: ChangeAction
  /** Who did it; `patkit` for what the service noticed by itself. */
  readonly actorId: string
  readonly tokenId: string | null
  readonly principalId: string
  readonly organizationId: string
  /** The fields that were changed. */
  readonly fields: readonly string[]
  /** Why, in the words of the actor; `null` where no reason was given. */
  readonly reason: string | null
  /** Of a sign-in or a sign-out: the canonical client address. `null` where it is unknown, and for other changes. */
  readonly clientIp: string | null
}
