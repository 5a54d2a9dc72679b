import type { MintedToken } from '@patkit/core/adapter'
import type { AuditLog } from './audit/audit-log.ts'
import type { ChangeEvent } from './audit/change-event.ts'
import type { PrincipalChange, PrincipalInput } from './lifecycle/change-principal.ts'
import type { CreateInput } from './lifecycle/create.ts'
import type { Actor } from './lifecycle/delegation.ts'
import type { ErasedPrincipal, EraseInput } from './lifecycle/erasure.ts'
import type { ImportInput } from './lifecycle/import.ts'
import type { Notice, NoticesInput } from './lifecycle/notices.ts'
import type { RegenerateInput } from './lifecycle/regenerate.ts'
import type { RevokeInput } from './lifecycle/revoke.ts'
import type { RotateInput } from './lifecycle/rotate.ts'
import type { UpdateInput } from './lifecycle/update.ts'
import type { ListInput, PrincipalListInput } from './listing/list-query.ts'
import type { ScopeUsage } from './listing/scope-usage.ts'
import type { TokenView } from './listing/token-view.ts'
import type { PolicySettings } from './service-options.ts'
import type { Owner, Principal, SecretView } from './stores/token-store.ts'
import type { TokenVerifierOptions } from './verifying/verifier-options.ts'

/** Scopes, or a function that chooses among the scopes of the token. An error that it throws refuses the change. */
export type ScopeChoice = readonly string[] | ((held: readonly string[]) => readonly string[])

/** A token and its new secret, which is shown once: `secret.reveal()`. */
export interface Issued {
  readonly token: TokenView
  readonly secret: MintedToken
  /** Whether this repeats the answer to an earlier call with the same idempotency key. */
  readonly replayed: boolean
}

/** A token that came from another system. */
export interface Imported {
  readonly token: TokenView
  /** `false` where a secret with that digest exists already: then nothing was written. */
  readonly imported: boolean
}

/** The outcome that an import would have. */
export interface CheckedImport extends Imported {
  /** Whether the principal exists. If not, put it first. */
  readonly ownerExists: boolean
}

/** A scope, and whether an actor may give it to a token of an owner. */
export interface ScopeOffer {
  readonly name: string
  /** That of the catalog; the name itself for a scope that is not in it. */
  readonly label: string
  readonly isGrantable: boolean
}

export interface TokenPage {
  readonly items: readonly TokenView[]
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null
  readonly total: number
}

export interface PrincipalPage {
  readonly items: readonly Principal[]
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null
}

/**
 * Issues and manages tokens. Verbs are trusted calls: take actor and owner from the authenticated session, never from
 * the body of a request. Another owner's token is `ERR_PAT_TOKEN_NOT_FOUND`.
 *
 * A verb that is refused rejects with a `TokenError` and has written nothing. Errors of the store pass through.
 */
export interface TokenService<T = never> extends AsyncDisposable {
  /**
   * The verbs in a transaction of the application: what they write is committed or rolled back with the rest of it.
   * They are tried once: a change that lost a race is `ERR_PAT_TOKEN_CONFLICT`. Verifiers see no change
   * before `announce` is called, after the commit.
   *
   * @throws TypeError for a transaction of another database, and a store without transactions
   */
  in(transaction: T): TransactionTokens
  /**
   * @param newOwner creates a missing owner, as `ensurePrincipal` does, once the token is otherwise permitted. Without
   * it, a missing owner is `ERR_PAT_PRINCIPAL_NOT_FOUND`
   */
  create(actor: Actor, owner: Owner, input: CreateInput, newOwner?: NewPrincipal): Promise<Issued>
  /**
   * Takes over a token of another system in its state: live, expired or revoked. The policy's lifetimes and limit do
   * not apply to the import; its rules for use apply at use, counted from `createdAt`.
   * An owner may be disabled. A second import of a digest writes nothing; another owner's digest is
   * `ERR_PAT_TOKEN_CONFLICT` on `digest`.
   */
  import(actor: Actor, owner: Owner, input: ImportInput): Promise<Imported>
  /** The outcome that `import` would have now. Rejects as `import` does, and writes nothing. */
  checkImport(actor: Actor, owner: Owner, input: ImportInput): Promise<CheckedImport>
  get(owner: Owner, id: string): Promise<TokenView>
  /** The latest secrets of a token, the newest first, ten at most: when each was made, was last used, and ends. */
  listSecrets(owner: Owner, id: string): Promise<readonly SecretView[]>
  /**
   * The scopes of the catalog, in its order. A scope is grantable when the actor and the owner's ceiling cover it. Empty
   * without a catalog.
   *
   * @param newOwner stands in for a missing owner, as in `create`; nothing is written
   * @param wanted scopes to decide about instead of those of the catalog, such as wildcards
   */
  offeredScopes(
    actor: Actor,
    owner: Owner,
    newOwner?: NewPrincipal,
    wanted?: readonly string[],
  ): Promise<readonly ScopeOffer[]>
  /**
   * The recorded uses of the scopes of a token, in their order, with the option `recordScopeUses`. Uses of the last
   * seconds may not be in it.
   */
  scopeUses(owner: Owner, id: string): Promise<readonly ScopeUsage[]>
  /** An owner's tokens, or those of a whole organization. */
  list(where: Owner | Pick<Owner, 'organizationId'>, input?: ListInput): Promise<TokenPage>
  /**
   * For each of some tokens of an organization, the scopes that the present ceiling of its owner does not cover: they
   * open nothing until the ceiling is wider again.
   */
  scopesAboveOwners(
    where: Pick<Owner, 'organizationId'>,
    tokens: readonly Pick<TokenView, 'scopes' | 'principalId'>[],
  ): Promise<readonly (readonly string[])[]>
  update(actor: Actor, owner: Owner, id: string, input: UpdateInput): Promise<TokenView>
  addScopes(actor: Actor, owner: Owner, id: string, scopes: readonly string[]): Promise<TokenView>
  removeScopes(actor: Actor, owner: Owner, id: string, scopes: ScopeChoice): Promise<TokenView>
  clearScopes(actor: Actor, owner: Owner, id: string): Promise<TokenView>
  /** A new secret for an active token. */
  rotate(actor: Actor, owner: Owner, id: string, input?: RotateInput): Promise<Issued>
  /** Ends the token and keeps it on record. Revoking it again changes nothing, and keeps no second reason. */
  revoke(actor: Actor, owner: Owner, id: string, input?: RevokeInput): Promise<TokenView>
  /** A new secret and a new life for a token that was revoked or has expired. */
  regenerate(actor: Actor, owner: Owner, id: string, input?: RegenerateInput): Promise<Issued>
  delete(actor: Actor, owner: Owner, id: string): Promise<void>
  /** @returns the number of deleted tokens */
  deleteAll(actor: Actor, owner: Owner): Promise<number>
  /**
   * Revokes all tokens of an owner at once, expired ones included: a looser policy would revive those.
   *
   * @returns the number of tokens that were not revoked before
   */
  revokeAll(actor: Actor, owner: Owner, input?: RevokeInput): Promise<number>
  /**
   * Adds a principal, or changes the existing one: its kind, `disabledAt` and ceiling. An omitted field stays as it is,
   * so `disabledAt: null` enables a disabled principal. A new principal is enabled and has no ceiling.
   */
  putPrincipal(actor: Actor, principal: PrincipalInput): Promise<void>
  /**
   * Adds a principal that is missing. An existing one stays as it is, also a disabled one. Of several calls at once, one
   * adds it.
   *
   * @returns the stored principal
   */
  ensurePrincipal(actor: Actor, owner: Owner, principal: NewPrincipal): Promise<Principal>
  /**
   * Changes an existing principal in its latest state, so that no concurrent change is lost. `change` is a pure function
   * that may be called more than once; organization, id and kind are fixed. If it returns the same object, nothing is
   * written.
   *
   * @returns the principal after the change
   */
  changePrincipal(actor: Actor, owner: Owner, change: PrincipalChange): Promise<Principal>
  getPrincipal(owner: Owner): Promise<Principal>
  /**
   * Removes a principal, its tokens, their secrets and its idempotent answers at once, and then, batch by batch, its data
   * in events. Tokens of others that act for it are revoked. Events record the beginning and the end. After a failure,
   * the same call or `resumeErasures` continues. A new principal with the same id inherits nothing.
   */
  erasePrincipal(actor: Actor, owner: Owner, input: EraseInput): Promise<ErasedPrincipal>
  /**
   * Finishes erasures that failed halfway. Call it when the application starts, or from time to time.
   *
   * @returns the number of finished erasures
   */
  resumeErasures(): Promise<number>
  /** An organization's principals, in the order of their ids. */
  listPrincipals(where: Pick<Owner, 'organizationId'>, input?: PrincipalListInput): Promise<PrincipalPage>
  /**
   * Claims due expiry notices, the earliest end first, each for one caller at a time. An unconfirmed notice is due again
   * after ten minutes with the same `id`: delivery is at least once. Of several due notices of a token, the one with the
   * fewest days counts, and the others are skipped. A token that is revoked, expired or got another end has no notice.
   */
  notices(input: NoticesInput): Promise<readonly Notice[]>
  /** Confirms delivered notices by their ids. @returns the number of newly confirmed notices */
  confirmNotices(ids: readonly string[]): Promise<number>
  /** All changes of a token, oldest first, also after its deletion. */
  history(owner: Owner, id: string): Promise<readonly ChangeEvent[]>
  /** The uses and changes on record: `audit: { mode: 'required', sink: store.audit }` puts uses there. */
  readonly audit: AuditLog
  /** The rules for the tokens of this service, with their defaults. */
  readonly policy: PolicySettings
  /** Spread it into `patAuth` or `createVerifier`. */
  readonly verifierOptions: TokenVerifierOptions
  /** Removes expired answers to idempotency keys. @returns their number */
  prune(): Promise<number>
  /** Writes buffered uses, and finishes background tasks. */
  flush(): Promise<void>
  /** Flushes. The store stays open: the caller closes it. */
  close(): Promise<void>
}

/** The verbs of a token service in a transaction of the application. */
export interface TransactionTokens
  extends Omit<
    TokenService,
    | 'in'
    | 'audit'
    | 'verifierOptions'
    | 'prune'
    | 'flush'
    | 'close'
    | 'erasePrincipal'
    | 'resumeErasures'
    | 'notices'
    | 'confirmNotices'
    | keyof AsyncDisposable
  > {
  /**
   * Sends the changes to verifiers, as the verbs do outside of a transaction. Call it after the commit. After a rollback
   * it does nothing; while the transaction is open it rejects.
   */
  announce(): Promise<void>
}

/** The kind and the ceiling of a new principal. */
export type NewPrincipal = Pick<Principal, 'kind' | 'ceiling'>
