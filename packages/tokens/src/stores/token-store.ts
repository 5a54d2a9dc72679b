import type { TokenRecord } from '@patkit/core'
import type { AuditStore } from '../audit/audit-store.ts'
import type { ChangeEvent } from '../audit/change-event.ts'
import type { Owner } from '../input/owner.ts'

export type { Owner } from '../input/owner.ts'

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

/** A secret as it is shown: without itself, and without its digest. */
export interface SecretView {
  readonly createdAt: Date
  /** Refused from this instant on; `null` for the life of the token. */
  readonly endsAt: Date | null
  readonly lastUsedAt: Date | null
  readonly lastUsedIp: string | null
}

/** The change that a verb makes to a token. The store adds one to its version. */
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

/** The limits of the policy on lifetimes. Stores apply them when they count and list. */
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

/** An answer to repeat to a client. Its secret is sealed with the client's key, which is not stored. */
export interface IdempotentAnswer {
  readonly keyHash: string
  readonly requestHash: string
  readonly tokenId: string
  /** `null` once the secret has ended: the token was revoked, got a newer secret by a verb, or was removed. */
  readonly sealed: string | null
  readonly expiresAt: Date
}

/** A new token, with its first secret and the event of it. */
export interface TokenInsertion {
  readonly token: Token
  readonly secret: NewSecret
  readonly limit: Limit | null
  readonly answer: IdempotentAnswer | null
  readonly event: ChangeEvent
}

/** A change of a token that still has a version. */
export interface TokenUpdate {
  readonly version: number
  readonly change: Change
  /** Where the change makes a dead token live again. */
  readonly limit: Limit | null
  readonly event: ChangeEvent
  /** Kept with the change. */
  readonly answer: IdempotentAnswer | null
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
  /** Tokens whose life, by these rules, has ended at `now`. */
  readonly expiredUnder: LifeRules | null
  /** Tokens whose life, by these rules, has not ended at `now`, and ends earlier than by `life`, idle time aside. */
  readonly shortenedUnder: LifeRules | null
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

/** The record of a digest for core, with the fields that the service needs. */
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
  /** The last use of each secret of the token. */
  readonly secrets: readonly SecretUse[]
  /** The last use of each scope, of those that the token holds; `null` where they are not recorded. */
  readonly scopes: readonly ScopeUse[] | null
}

/** The recorded uses of the scopes of a token. */
export interface ScopeUses {
  /** The uses of the token when this was written. If it has more by now, some have no scopes on record. */
  readonly useCount: number
  /** By the names of its scopes: since when uses are on record, and the last one, in epoch milliseconds. */
  readonly scopes: Readonly<Record<string, readonly [since: number, last: number | null]>>
}

export interface ScopeUse {
  readonly scope: string
  readonly at: Date
}

export interface SecretUse {
  readonly digest: string
  readonly at: Date
  readonly ip: string | null
}

/**
 * A batch of uses, which is written again unchanged when the outcome is unknown. A writer sends its batches one after
 * the other, in the order of their numbers.
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

/** An erased principal, and the treatment of its events. */
export interface Erasure extends Owner {
  /** Random, so that it cannot be computed from the id. Identifies the erasure. */
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
  /** `released`: it was revoked before, and now acts for the pseudonym. */
  readonly change: 'removed' | 'revoked' | 'released'
}

/**
 * Stores tokens. Every method is atomic together with its events. Verbs decide and stores apply: a store knows versions,
 * owners and limits, and no other rule. An implementation is correct when it passes `storeContract`.
 */
export interface TokenStore extends AsyncDisposable {
  /** The events of uses, and of the changes that the methods below make. */
  readonly audit: AuditStore
  /** The records of digests, in one read. Disabled and foreign principals are in it, missing ones count as disabled. */
  resolveMany(digests: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>>
  insert(insertion: TokenInsertion): Promise<'ok' | 'missing' | 'limit' | 'duplicate'>
  findAnswer(owner: Owner, keyHash: string, now: Date): Promise<IdempotentAnswer | null>
  find(owner: Owner, id: string): Promise<Token | null>
  /** The secrets of an owner's token, the newest first, `limit` at most; empty where the token does not exist. */
  listSecrets(owner: Owner, id: string, limit: number): Promise<readonly SecretView[]>
  /** The recorded uses of the scopes of an owner's token; `null` without a record. */
  findScopeUses(owner: Owner, id: string): Promise<ScopeUses | null>
  /** A page of an owner's tokens, or of a whole organization's. */
  list(where: Owner | Pick<Owner, 'organizationId'>, query: ListQuery): Promise<StoredPage>
  /**
   * Changes a token that still has this version; `updatedAt` is the event's instant then. `limit` where the change brings
   * a dead token back. A change that revokes the token or adds a secret removes the sealed part of its earlier answers;
   * `answer` is kept then. A key that has an answer whose time is not up is a `conflict`.
   */
  updateIfVersion(owner: Owner, id: string, update: TokenUpdate): Promise<Token | 'missing' | 'conflict' | 'limit'>
  /** Removes a token, or all of the owner's, with an event for each, and the sealed part of their answers. */
  remove(owner: Owner, id: string | null, eventOf: (removed: Removed) => ChangeEvent): Promise<readonly Removed[]>
  /**
   * Revokes all tokens of the owner that are not revoked, expired ones included, in one transaction with an event for
   * each. No token of the owner is created meanwhile. `eventOf` is called with the version after the change.
   */
  revokeAll(owner: Owner, at: Date, eventOf: (revoked: Removed) => ChangeEvent): Promise<readonly Removed[]>
  putPrincipal(principal: Principal, event: ChangeEvent): Promise<void>
  /** Adds a missing principal, in any state. `duplicate` where it exists: then nothing is written. */
  insertPrincipal(principal: Principal, event: ChangeEvent): Promise<'ok' | 'duplicate'>
  /**
   * Changes a principal in its latest state: concurrent changes run one after the other. `change` may be called more
   * than once. If it throws or returns the same object, nothing is written.
   *
   * @returns the principal after the change; `null` where it does not exist
   */
  changePrincipal(
    owner: Owner,
    change: (principal: Principal) => Principal,
    event: ChangeEvent,
  ): Promise<Principal | null>
  findPrincipal(owner: Owner): Promise<Principal | null>
  /** Those of an organization's principals that have one of these ids, in any order. */
  findPrincipals(organizationId: string, ids: readonly string[]): Promise<readonly Principal[]>
  /**
   * Removes a principal with its tokens, their secrets and its idempotent answers, and keeps the erasure with its event.
   * Tokens of others that act for it are revoked and act for the pseudonym from then on: they stay dead when the id comes
   * back. With an event for each token, in one transaction.
   *
   * @returns the tokens, with the least versions that may be cached; `null` where the principal does not exist
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
   * @returns their number; 0 at the end
   */
  eraseBatch(erasure: Erasure, limit: number): Promise<number>
  /** Marks an erasure as done, with its event, once. */
  finishErasure(erasure: Erasure, at: Date, event: ChangeEvent): Promise<void>
  /** A page of an organization's principals, or of those of one kind, in the order of their ids. */
  listPrincipals(
    organizationId: string,
    after: string | null,
    limit: number,
    kind: Principal['kind'] | null,
  ): Promise<readonly Principal[]>
  /**
   * Adds uses: `lastUsedAt` never moves back, of tokens and of secrets, and revoked tokens stay as they are. `scopes`
   * that are not `null` go through `withScopeUses`. A `batch` whose number is not greater
   * than the last one of its writer was written before, and is not counted again.
   */
  touch(uses: readonly Use[], batch?: UseBatch): Promise<void>
  /**
   * Claims due notices of live tokens, the earliest end first, each for one of several concurrent callers. Of a token,
   * only the shortest due entry of `withinMs` counts. An end by `idleMs` counts only for shorter entries.
   */
  claimNotices(query: NoticeQuery): Promise<readonly DueNotice[]>
  /** Confirms delivered notices. @returns the number of claimed notices that were not confirmed before */
  confirmNotices(notices: readonly NoticeKey[], now: Date): Promise<number>
  /** Keeps events without a change, each id once. */
  record(events: readonly ChangeEvent[]): Promise<void>
  /** The events of one of the owner's tokens, oldest first, also after its deletion. */
  history(owner: Owner, id: string): Promise<readonly ChangeEvent[]>
  /** How many change events name a token of this id, of any owner, also after its deletion. */
  countChanges(id: string): Promise<number>
  /**
   * The next whole number of a named sequence, from 1 on. Concurrent callers get different numbers. For ids that count.
   * The name has 1 to 128 characters.
   */
  nextNumber(sequence: string): Promise<number>
  /**
   * Removes expired idempotent answers, writers without a batch for a day, notices of past ends, and erasures that were
   * done a week ago, except those that keep events.
   *
   * @returns the number of removed answers
   */
  prune(now: Date): Promise<number>
  /** Whether each change writes its invalidation in its transaction, where channels of the same database find it. */
  readonly announces?: boolean
  /** The store in a transaction of the application, for stores that can. Its methods are tried once. */
  within?(transaction: never): TransactionStore
}

/** A store in a transaction of the application: its writes count when the application commits. */
export interface TransactionStore extends TokenStore {
  /** Whether the transaction has not ended. */
  isOpen(): Promise<boolean>
  /** Whether a token has this version or a later one outside of the transaction, or is deleted. Called after its end. */
  hasVersion(id: string, version: number): Promise<boolean>
  /**
   * Erases from the written events what erasures concern that were committed during the transaction. Called after its
   * end.
   */
  eraseLate(): Promise<void>
}

/** The type of a store's transactions; `never` for a store without them. */
export type TransactionOf<S> = S extends { within(transaction: infer T): TransactionStore } ? T : never
