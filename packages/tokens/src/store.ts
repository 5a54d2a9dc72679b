import type { TokenRecord } from '@patkit/core'
import type { AuditStore } from './audit-store.ts'
import type { ChangeEvent } from './change-event.ts'
import type { Owner } from './owner.ts'

export type { Owner } from './owner.ts'

/** Who owns tokens: a user, or a service principal that cannot log in. */
export interface Principal extends Owner {
  readonly kind: 'user' | 'service'
  /** Its tokens stop while this is set, and come back when it is not. */
  readonly disabledAt: Date | null
  /** What it may do now: its tokens can do no more. `null` leaves it to the tokens. */
  readonly ceiling: readonly string[] | null
}

/** A token as it is stored. It holds no secret, and no digest. */
export interface Token extends Owner {
  readonly id: string
  /** Grows by one with every change. */
  readonly version: number
  readonly name: string
  readonly description: string | null
  /** Prefix and last four characters of the newest secret. */
  readonly hint: string
  readonly scopes: readonly string[]
  /** The acting user: a principal of kind `user` in the same organization. */
  readonly userId: string | null
  readonly ipAllowlist: readonly string[] | null
  readonly createdBy: string
  readonly createdAt: Date
  /** When it was last changed; uses are no changes. */
  readonly updatedAt: Date
  /** When its present life began: at creation, or when it was last regenerated. */
  readonly issuedAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
  readonly lastUsedIp: string | null
  readonly useCount: number
}

/** One secret of a token. A token has one that is live, and another one only during the overlap of a rotation. */
export interface NewSecret {
  readonly digest: string
  readonly createdAt: Date
  /** Whether its first use is to end the secrets before it. */
  readonly awaitsAdoption: boolean
}

/** What a verb does to a token. The store adds one to its version. */
export interface Change {
  readonly set: Partial<
    Pick<
      Token,
      'name' | 'description' | 'hint' | 'scopes' | 'ipAllowlist' | 'issuedAt' | 'expiresAt' | 'revokedAt' | 'userId'
    >
  >
  readonly addSecret: NewSecret | null
  /** Ends all secrets before `addSecret` that would live longer. */
  readonly endOtherSecretsAt: Date | null
  /** The secret whose first use this is: all others end, and it waits no longer. */
  readonly adopt: string | null
}

/** How long lives may be, whatever the tokens say. Stores ask it when they count and list. */
export interface LifeRules {
  readonly maximumMs: number | null
  readonly idleMs: number | null
  /** Whether a token without an end has ended. */
  readonly endRequired: boolean
}

/** Which tokens are live, and how many a principal may have. */
export interface Limit {
  readonly most: number
  readonly now: Date
  readonly life: LifeRules
}

/** An answer kept for a client that asks again. The secret in it is sealed with the client's key, which is not kept. */
export interface IdempotentAnswer {
  readonly keyHash: string
  readonly requestHash: string
  readonly tokenId: string
  /** `null` once the secret has ended: the token was revoked, got a newer secret by a verb, or was removed. */
  readonly sealed: string | null
  readonly expiresAt: Date
}

/** `unrevoked` are those that are active or have expired. */
export type ListStatus = 'active' | 'expired' | 'revoked' | 'unrevoked' | 'all'
export type ListSort = 'createdAt' | 'name' | 'lastUsedAt' | 'expiresAt' | 'endsAt'

export interface ListQuery {
  readonly status: ListStatus
  /** Part of the name or the description; case does not count. */
  readonly search: string | null
  /** Part of the name alone. */
  readonly name: string | null
  /** Tokens whose life, by `life`, ends before this instant or has ended. */
  readonly endsBefore: Date | null
  readonly now: Date
  readonly life: LifeRules
  readonly sort: ListSort
  readonly descending: boolean
  readonly limit: number
  /** After a place in the order, which rows that come and go do not move, or after a number of rows. */
  readonly from: { readonly after: SortPlace | null } | { readonly offset: number }
}

/** A token's place in an order. `null` dates: never used sorts first, without end last. */
export interface SortPlace {
  readonly value: string | number
  readonly id: string
}

export interface StoredPage {
  readonly items: readonly Token[]
  readonly more: boolean
  readonly total: number
}

/** What a digest leads to: the record for core, and what the service needs to know beside it. */
export interface StoredRecord extends TokenRecord {
  readonly principalId: string
  readonly organizationId: string
  readonly version: number
  readonly disabled: 'principal' | 'user' | null
  readonly secretEndsAt: Date | null
  readonly issuedAt: Date
  readonly lastUsedAt: Date | null
  readonly awaitsAdoption: boolean
}

/** Uses of one token that were gathered in memory. */
export interface Use {
  readonly tokenId: string
  readonly at: Date
  readonly ip: string | null
  readonly count: number
}

/**
 * A batch of uses that may come again, as it was, where nobody knows whether it was kept. Those of one writer come one
 * after the other, in the order of their numbers.
 */
export interface UseBatch {
  readonly writer: string
  /** A whole number, 1 or more. */
  readonly number: number
}

export interface Removed {
  readonly id: string
  readonly version: number
}

/** Which expiry notices are due. */
export interface NoticeQuery {
  /** Milliseconds before the end from which on a notice is due, the shortest first. */
  readonly withinMs: readonly number[]
  readonly now: Date
  readonly life: LifeRules
  /** Notices that were claimed at this instant or before, and not confirmed, are due again. */
  readonly claimedBefore: Date
  readonly limit: number
}

/** One notice of one end of a token. */
export interface NoticeKey {
  readonly tokenId: string
  readonly endsAt: Date
  readonly withinMs: number
}

export interface DueNotice extends NoticeKey {
  readonly token: Token
}

/** What is left of a principal that was erased: which events are still to become what. */
export interface Erasure extends Owner {
  /** Random: nobody can compute it from the id. Names one erasure. */
  readonly pseudonym: string
  readonly events: 'keep' | 'erase' | 'pseudonymise'
  /** Who erased it, as it is on record. */
  readonly actorId: string
  readonly begunAt: Date
  readonly doneAt: Date | null
  /** When a principal with this id was made again: events from then on are its own. */
  readonly returnedAt: Date | null
}

/** A token that an erasure changed, its version being the one after that. */
export interface ErasedToken extends Owner, Removed {
  /** `released`: it was revoked before, and now acts for nobody that exists. */
  readonly change: 'removed' | 'revoked' | 'released'
}

/**
 * Where tokens live. Every method is atomic: all of it and its events, or nothing. Verbs decide, stores apply: they
 * know versions, owners and limits, and no other rule. An implementation is good when `storeContract` passes on it.
 */
export interface TokenStore extends AsyncDisposable {
  /** The events of uses, and of the changes that the methods below make. */
  readonly audit: AuditStore
  /** The records of digests, in one read. Disabled and foreign principals are in it, missing ones count as disabled. */
  resolveMany(digests: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>>
  insert(
    token: Token,
    secret: NewSecret,
    limit: Limit | null,
    answer: IdempotentAnswer | null,
    event: ChangeEvent,
  ): Promise<'ok' | 'missing' | 'limit' | 'duplicate'>
  findAnswer(owner: Owner, keyHash: string, now: Date): Promise<IdempotentAnswer | null>
  find(owner: Owner, id: string): Promise<Token | null>
  /** A page of an owner's tokens, or of a whole organization's. */
  list(where: Owner | Pick<Owner, 'organizationId'>, query: ListQuery): Promise<StoredPage>
  /**
   * Changes a token that still has this version; `updatedAt` is the event's instant then. `limit` where the change brings
   * a dead token back. A change that revokes the token or adds a secret removes what is sealed in its earlier answers;
   * `answer` is kept then. A key that has an answer whose time is not up is a `conflict`.
   */
  swap(
    owner: Owner,
    id: string,
    version: number,
    change: Change,
    limit: Limit | null,
    event: ChangeEvent,
    answer?: IdempotentAnswer | null,
  ): Promise<Token | 'missing' | 'conflict' | 'limit'>
  /** Removes a token, or all of the owner's, with an event for each, and what is sealed in their answers. */
  remove(owner: Owner, id: string | null, eventOf: (removed: Removed) => ChangeEvent): Promise<readonly Removed[]>
  /**
   * Revokes all tokens of the owner that are not revoked, expired ones included, in one transaction with an event for
   * each. No token of the owner is made meanwhile. What is called with a token gets its version after the change.
   */
  revokeAll(owner: Owner, at: Date, eventOf: (revoked: Removed) => ChangeEvent): Promise<readonly Removed[]>
  putPrincipal(principal: Principal, event: ChangeEvent): Promise<void>
  /** Adds a principal where there is none, in whatever state. `duplicate` where there is one: nothing is written then. */
  insertPrincipal(principal: Principal, event: ChangeEvent): Promise<'ok' | 'duplicate'>
  /**
   * Changes a principal as it is at that moment: of changes at once, each sees what the one before has made. `change`
   * may be called more than once. Where it throws, or gives back the very object that it was given, nothing is written.
   *
   * @returns the principal after it; `null` where there is none
   */
  changePrincipal(
    owner: Owner,
    change: (principal: Principal) => Principal,
    event: ChangeEvent,
  ): Promise<Principal | null>
  findPrincipal(owner: Owner): Promise<Principal | null>
  /**
   * Removes a principal with its tokens, their secrets and its idempotent answers, and keeps the erasure with its event.
   * Tokens of others that act for it are revoked and act for the pseudonym from then on: they stay dead when the id comes
   * back. With an event for each token, in one transaction.
   *
   * @returns the tokens, with the least versions that may be remembered; `null` where there is no such principal
   */
  beginErasure(
    erasure: Erasure,
    eventOf: (token: ErasedToken) => ChangeEvent,
    event: ChangeEvent,
  ): Promise<readonly ErasedToken[] | null>
  /** The erasures that are under way or were done a short while ago, and those that keep events. */
  listErasures(): Promise<readonly Erasure[]>
  /**
   * Erases or pseudonymises events of the erased life, and who made the tokens of others, `limit` at most.
   *
   * @returns how many; 0 where none is left
   */
  eraseBatch(erasure: Erasure, limit: number): Promise<number>
  /** Notes that an erasure is done, with its event, once. */
  finishErasure(erasure: Erasure, at: Date, event: ChangeEvent): Promise<void>
  /** A page of an organization's principals, or of those of one kind, in the order of their ids. */
  listPrincipals(
    organizationId: string,
    after: string | null,
    limit: number,
    kind: Principal['kind'] | null,
  ): Promise<readonly Principal[]>
  /**
   * Notes uses: `lastUsedAt` never moves back, and revoked and missing tokens stay as they are. The uses of a `batch`
   * whose number is not larger than its writer's last one were noted before, and are not counted again.
   */
  touch(uses: readonly Use[], batch?: UseBatch): Promise<void>
  /**
   * Claims due notices of live tokens, those that end first before others: each for one caller, whoever asks at the same
   * time. Of a token the shortest of `withinMs` that is due counts, and no other. An end by `idleMs` counts only for
   * those shorter than that.
   */
  claimNotices(query: NoticeQuery): Promise<readonly DueNotice[]>
  /** Notes that notices were given. @returns how many were claimed and not confirmed before */
  confirmNotices(notices: readonly NoticeKey[], now: Date): Promise<number>
  /** Keeps events that belong to no change: each id once. */
  record(events: readonly ChangeEvent[]): Promise<void>
  /** The events of one of the owner's tokens, oldest first, those of a token that is gone included. */
  history(owner: Owner, id: string): Promise<readonly ChangeEvent[]>
  /**
   * The next whole number of a named sequence, from 1 on: never the same one twice, whoever asks at the same time. For
   * ids that count. The name has 1 to 128 characters.
   */
  nextNumber(sequence: string): Promise<number>
  /**
   * Removes idempotent answers whose time is up, what is known of writers without a batch for a day, notices of ends
   * that are past, and erasures that were done a week ago, other than those that keep events.
   *
   * @returns how many answers
   */
  prune(now: Date): Promise<number>
  /** The store in a transaction of the application, for stores that can. Its methods are tried once. */
  within?(transaction: never): TransactionStore
}

/** A store in a transaction of the application: what it writes counts when the application commits. */
export interface TransactionStore extends TokenStore {
  /** Whether the transaction has not ended. */
  isOpen(): Promise<boolean>
  /** Whether a token has this version or a later one for everybody, or is gone. Asked when the transaction has ended. */
  hasVersion(id: string, version: number): Promise<boolean>
}

/** What a store takes for a transaction; `never` where it has none. */
export type TransactionOf<S> = S extends { within(transaction: infer T): TransactionStore } ? T : never
