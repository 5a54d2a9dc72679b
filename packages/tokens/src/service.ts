import { createStamps, type MintedToken, mintedToken } from '@patkit/core/adapter'
import { type AuditLog, createAuditLog } from './audit-log.ts'
import type { ChangeEvent, ChangeVerb } from './change-event.ts'
import { checkedChange, isWhole, type PrincipalChange, type PrincipalInput, principalPut } from './change-principal.ts'
import { checkedVerbs } from './checked-verbs.ts'
import { createChores } from './chores.ts'
import { type CreateInput, type Draft, draft } from './create.ts'
import { type Actor, requireHeld, requireUncovered, withheldScopes } from './delegation.ts'
import { createErasure, type ErasedPrincipal, type EraseInput } from './erasure.ts'
import { gatheringChannel } from './gathering-channel.ts'
import { type IdempotencyKey, idempotencyKey, requestHash } from './idempotency.ts'
import type { ImportInput } from './import.ts'
import { createImporter, type ImportOutcome } from './importer.ts'
import { isId, validId, validPrincipal, validScopes } from './input.ts'
import { principalCursor, writeCursor } from './list-cursor.ts'
import { type ListInput, listQuery, type PrincipalListInput, principalQuery } from './list-query.ts'
import { createNotices, type Notice, type NoticesInput } from './notices.ts'
import { newLife, type RegenerateInput, regenerate } from './regenerate.ts'
import { revoke } from './revoke.ts'
import { type RotateInput, rotate } from './rotate.ts'
import { type ServiceSettings, serviceSettings, type TokenServiceOptions } from './service-options.ts'
import type {
  Change,
  IdempotentAnswer,
  Limit,
  Owner,
  Principal,
  Removed,
  StoredRecord,
  Token,
  TokenStore,
  TransactionOf,
} from './store.ts'
import { invalidInput, TokenError } from './token-error.ts'
import { type TokenView, viewOf } from './token-view.ts'
import { type UpdateInput, update } from './update.ts'
import { createUseLedger } from './use-ledger.ts'
import { type TokenVerifierOptions, verifierOptions } from './verifier-source.ts'

/** Scopes, or a choice among those that a token holds when it is changed. What the choice throws refuses the change. */
export type ScopeChoice = readonly string[] | ((held: readonly string[]) => readonly string[])

/** A token and its new secret, which is shown once: `secret.reveal()`. */
export interface Issued {
  readonly token: TokenView
  readonly secret: MintedToken
  /** Whether this is the answer of an earlier call with the same idempotency key. */
  readonly replayed: boolean
}

/** A token that came from another system. */
export interface Imported {
  readonly token: TokenView
  /** `false` where a secret with that digest was there already: nothing is written then, and nothing changed. */
  readonly imported: boolean
}

/** What an import would do. */
export interface CheckedImport extends Imported {
  /** Whether there is such a principal: if not, it has to be put before. */
  readonly ownerExists: boolean
}

/** A scope of the catalog, and whether an actor may give it to a token of an owner. */
export interface ScopeOffer {
  readonly name: string
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
 * Issues and manages tokens. Verbs are trusted calls: who the actor is and whose tokens these are is for the caller to
 * know, never for a request to say. Another owner's token does not exist (`ERR_PAT_TOKEN_NOT_FOUND`).
 *
 * Every verb rejects with a `TokenError`, and then has written nothing; what the store throws goes through.
 */
export interface TokenService<T = never> extends AsyncDisposable {
  /**
   * The verbs in a transaction of the application: what they write is committed or rolled back with the rest of it.
   * They are tried once: a change that another one has overtaken is `ERR_PAT_TOKEN_CONFLICT`. Verifiers learn of nothing
   * until `announce` is called, after the commit.
   *
   * @throws TypeError for a transaction of another database, and a store without transactions
   */
  in(transaction: T): TransactionTokens
  /**
   * @param newOwner makes the owner where there is none, as `ensurePrincipal` does, once nothing else speaks against the
   * token. Left out, an owner that is missing is `ERR_PAT_PRINCIPAL_NOT_FOUND`
   */
  create(actor: Actor, owner: Owner, input: CreateInput, newOwner?: NewPrincipal): Promise<Issued>
  /**
   * Takes over a token that another system made, as what it is: live, expired or revoked. Lifetimes and the number of
   * tokens are not held against the policy here; what the policy says about use holds at use, counted from `createdAt`.
   * An owner may be disabled. A second import of a digest writes nothing; another owner's digest is
   * `ERR_PAT_TOKEN_CONFLICT` on `digest`.
   */
  import(actor: Actor, owner: Owner, input: ImportInput): Promise<Imported>
  /** What `import` would do now, where the owner exists: rejects as it would, and writes nothing. */
  checkImport(actor: Actor, owner: Owner, input: ImportInput): Promise<CheckedImport>
  get(owner: Owner, id: string): Promise<TokenView>
  /**
   * The scopes of the catalog, in its order: what both the actor and the owner's ceiling cover is grantable. Empty where
   * the service has no catalog.
   *
   * @param newOwner stands in for an owner that does not exist yet, as for `create`; nothing is written
   */
  offeredScopes(actor: Actor, owner: Owner, newOwner?: NewPrincipal): Promise<readonly ScopeOffer[]>
  /** An owner's tokens, or those of a whole organization. */
  list(where: Owner | Pick<Owner, 'organizationId'>, input?: ListInput): Promise<TokenPage>
  update(actor: Actor, owner: Owner, id: string, input: UpdateInput): Promise<TokenView>
  addScopes(actor: Actor, owner: Owner, id: string, scopes: readonly string[]): Promise<TokenView>
  removeScopes(actor: Actor, owner: Owner, id: string, scopes: ScopeChoice): Promise<TokenView>
  clearScopes(actor: Actor, owner: Owner, id: string): Promise<TokenView>
  /** A new secret for an active token. */
  rotate(actor: Actor, owner: Owner, id: string, input?: RotateInput): Promise<Issued>
  /** The end, kept on record. Revoking twice is revoking once. */
  revoke(actor: Actor, owner: Owner, id: string): Promise<TokenView>
  /** A new secret and a new life for a token that was revoked or has expired. */
  regenerate(actor: Actor, owner: Owner, id: string, input?: RegenerateInput): Promise<Issued>
  delete(actor: Actor, owner: Owner, id: string): Promise<void>
  /** @returns how many there were */
  deleteAll(actor: Actor, owner: Owner): Promise<number>
  /**
   * Revokes all tokens of an owner at once, expired ones included: a looser policy would bring those back.
   *
   * @returns how many were not revoked before
   */
  revokeAll(actor: Actor, owner: Owner): Promise<number>
  /**
   * Adds a principal, or changes the one that exists: disabling, enabling and a new ceiling are such changes. A member
   * that is left out stays as it is, so that a disabled principal is enabled by `disabledAt: null` alone; a new
   * principal is enabled and has no ceiling.
   */
  putPrincipal(actor: Actor, principal: PrincipalInput): Promise<void>
  /**
   * Adds a principal where there is none; one that is there stays as it is, also a disabled one. Of several calls at
   * once, one adds it.
   *
   * @returns the principal that is there
   */
  ensurePrincipal(actor: Actor, owner: Owner, principal: NewPrincipal): Promise<Principal>
  /**
   * Changes a principal that is there, as it is at that moment: of changes at once, none is lost. `change` is a pure
   * function, which may be called more than once; organization, id and kind stay. Where it gives back the very object
   * that it was given, nothing is written.
   *
   * @returns the principal after it
   */
  changePrincipal(actor: Actor, owner: Owner, change: PrincipalChange): Promise<Principal>
  getPrincipal(owner: Owner): Promise<Principal>
  /**
   * Removes a principal, its tokens, their secrets and its idempotent answers at once, and then, batch by batch, what its
   * events say of it. Tokens of others that act for it are revoked. Begun and done are on record. Where it breaks off,
   * the same call or `resumeErasures` goes on. A principal that is made with the same id inherits nothing.
   */
  erasePrincipal(actor: Actor, owner: Owner, input: EraseInput): Promise<ErasedPrincipal>
  /**
   * Finishes erasures that broke off. Call it when the application starts, or now and then.
   *
   * @returns how many
   */
  resumeErasures(): Promise<number>
  /** An organization's principals, in the order of their ids. */
  listPrincipals(where: Pick<Owner, 'organizationId'>, input?: PrincipalListInput): Promise<PrincipalPage>
  /**
   * Claims expiry notices that are due, each for one caller at a time, those that end first before others. A notice is
   * given again after ten minutes unless it is confirmed: at least once, with one `id`. Of a token there is the notice of
   * the fewest days that is due; earlier ones that nobody asked for are passed over. A token that was revoked, has ended
   * or got another end has none.
   */
  notices(input: NoticesInput): Promise<readonly Notice[]>
  /** Notes that notices were given, by their ids. @returns how many were claimed and not confirmed before */
  confirmNotices(ids: readonly string[]): Promise<number>
  /** Everything that was done to a token, oldest first, also after it is gone. */
  history(owner: Owner, id: string): Promise<readonly ChangeEvent[]>
  /** The uses and changes on record: `audit: { mode: 'required', sink: store.audit }` puts uses there. */
  readonly audit: AuditLog
  /** Spread it into `patAuth` or `createVerifier`. */
  readonly verifierOptions: TokenVerifierOptions
  /** Removes answers kept for idempotency keys whose day is over. @returns how many */
  prune(): Promise<number>
  /** Writes the uses gathered so far, and what was noticed. */
  flush(): Promise<void>
  /** Flushes. The store stays open: it is the caller's. */
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
   * Makes the changes known to verifiers, as the verbs do outside of a transaction. Call it after the commit. After a
   * rollback it does nothing; while the transaction is open it rejects.
   */
  announce(): Promise<void>
}

/** What a principal is when it is made. */
export type NewPrincipal = Pick<Principal, 'kind' | 'ceiling'>

type Decide = (token: Token, now: Date) => Promise<Decided>
interface Decided {
  readonly change: Change | null
  readonly secret: MintedToken | null
  /** Whether the change brings a dead token back, which counts again then. */
  readonly revives: boolean
}

/** A request whose answer is kept, for the client that sends it again with the same key. */
interface Repeatable {
  readonly key: IdempotencyKey
  readonly requestHash: string
  /** The secret that the client presents, which must be alive when an answer is repeated; `null` where it presents none. */
  readonly presentedDigest: string | null
}

const MOST_ATTEMPTS = 50
/** How often an id is drawn for one token: others may have taken it. */
const MOST_IDS = 5
const ANSWER_MS = 86_400_000
/** Who acts when the service notices something by itself. */
const PATKIT = 'patkit'

/**
 * Makes the service. Does no I/O and starts no timer.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createTokenService<S extends TokenStore>(
  options: TokenServiceOptions<S>,
): TokenService<TransactionOf<S>> {
  return serviceOf(serviceSettings(options)) as TokenService<TransactionOf<S>>
}

function serviceOf(settings: ServiceSettings): TokenService {
  const { store, channel, clock, catalog, failed, formats, policy, life, scopeRules, kept, newId } = settings
  const eventStamp = createStamps()
  const chores = createChores(failed)
  const ledger = createUseLedger((uses, batch) => store.touch(uses, batch), settings.useFlushMs, failed)

  const importer = createImporter({
    ...settings,
    requireKnown,
    eventOf: (actor, owner, tokenId) => eventOf('import', actor.id, owner, tokenId),
  })

  const erasure = createErasure({ store, sinks: settings.sinks, clock, eventOf, tell, tellOfPrincipal })

  const view = (token: Token): TokenView => viewOf(token, life, new Date(clock()))
  const mint = (token: Pick<Token, 'id' | 'scopes' | 'expiresAt'>) => formats[0].mint(token)

  function eventOf(
    verb: ChangeVerb,
    actorId: string,
    owner: Owner,
    tokenId: string | null,
    members: readonly string[] = [],
  ): ChangeEvent {
    const { organizationId, principalId } = owner
    return { ...eventStamp(clock()), kind: 'change', verb, actorId, tokenId, principalId, organizationId, members }
  }

  function limitAt(now: Date): Limit | null {
    const { maximumTokensPerPrincipal: most } = policy
    return most === undefined ? null : { most, now, life }
  }

  async function ownerOf(owner: Owner): Promise<Principal> {
    const principal = await store.findPrincipal(owner)
    if (principal === null) throw noPrincipal()
    return principal
  }

  async function found(owner: Owner, id: string): Promise<Token> {
    const token = isId(id) ? await store.find(owner, id) : null
    if (token === null) throw notFound()
    return token
  }

  async function requireUser(organizationId: string, userId: string | null): Promise<void> {
    if (userId === null) return
    const user = await store.findPrincipal({ organizationId, principalId: userId })
    if (user?.kind === 'user' && user.disabledAt === null) return
    throw new TokenError('ERR_PAT_USER_NOT_FOUND', 'no user in this organization has this id', 'userId')
  }

  function requireKnown(scopes: readonly string[]): void {
    if (catalog === undefined) return
    const known = new Set(catalog.names)
    const index = scopes.findIndex((scope) => !known.has(scope) && !(scopeRules.wildcards && scope.includes('*')))
    if (index >= 0) throw invalidInput(`scopes/${index}`, 'is not a scope of this API')
  }

  /** After the commit: verifiers that cannot be told learn of the change when what they remember runs out. */
  async function tell(id: string, minVersion: number): Promise<void> {
    await channel.publish({ kind: 'token', id, minVersion }).catch(failed)
  }

  async function tellOfPrincipal({ principalId: id }: Owner): Promise<void> {
    await channel.publish({ kind: 'principal', id }).catch(failed)
  }

  /** Decides on what the token is, and decides again when somebody else was faster. */
  async function change(
    actor: Actor,
    owner: Owner,
    id: string,
    verb: ChangeVerb,
    decide: Decide,
    repeatable: Repeatable | null = null,
  ): Promise<Issued> {
    for (let attempt = 0; attempt < (settings.retries ? MOST_ATTEMPTS : 1); attempt++) {
      const earlier = repeatable === null ? null : await replay(actor, owner, repeatable)
      if (earlier !== null) return earlier
      const now = new Date(clock())
      const token = await found(owner, id)
      const { change, secret, revives } = await decide(token, now)
      if (change === null) return issued(token, secret)
      const event = eventOf(verb, actor.id, owner, id, Object.keys(change.set))
      const limit = revives ? limitAt(now) : null
      const answer = secret === null ? null : answerOf(repeatable, secret, id)
      const changed = await store.swap(owner, id, token.version, change, limit, event, answer)
      if (changed === 'conflict') continue
      if (changed === 'missing') throw notFound()
      if (changed === 'limit') throw limitReached()
      await tell(id, changed.version)
      return issued(changed, secret)
    }
    throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'the token is being changed too often: try again')
  }

  function brought({ token, imported }: ImportOutcome): Imported {
    return { token: view(token), imported }
  }

  function issued(token: Token, secret: MintedToken | null): Issued {
    return { token: view(token), secret: secret as MintedToken, replayed: false }
  }

  async function edit(
    actor: Actor,
    owner: Owner,
    id: string,
    inputOf: (token: Token) => UpdateInput,
  ): Promise<TokenView> {
    const decide: Decide = async (token, now) => {
      const change = update(token, inputOf(token), policy, now, kept)
      const held = new Set(token.scopes)
      const added = (change?.set.scopes ?? []).filter((scope) => !held.has(scope))
      requireKnown(added)
      if (added.length > 0) requireHeld(added, actor, await ownerOf(owner), scopeRules)
      if (isExtent(change)) await requireToken(actor, owner, token)
      return { change, secret: null, revives: false }
    }
    return (await change(actor, owner, id, 'update', decide)).token
  }

  /** Whoever is given a token's secret, or says how long and from where it is good, must hold its scopes. */
  async function requireToken(actor: Actor, owner: Owner, token: Token): Promise<void> {
    const principal = await ownerOf(owner)
    requireHeld(token.scopes, actor, { ...principal, ceiling: null }, scopeRules)
  }

  async function secretFor(actor: Actor, owner: Owner, token: Token): Promise<MintedToken> {
    await requireToken(actor, owner, token)
    return mint(token)
  }

  /** @throws TokenError `ERR_PAT_INPUT_INVALID` on `idempotencyKey` */
  function repeatableOf(
    actor: Actor,
    owner: Owner,
    text: string | undefined,
    request: object,
    presentedDigest: string | null = null,
  ): Repeatable | null {
    if (text === undefined) return null
    const key = idempotencyKey(text, [owner.organizationId, owner.principalId, actor.id])
    return { key, requestHash: requestHash(request), presentedDigest }
  }

  function answerOf(repeatable: Repeatable | null, secret: MintedToken, tokenId: string): IdempotentAnswer | null {
    if (repeatable === null) return null
    const { key, requestHash } = repeatable
    const expiresAt = new Date(clock() + ANSWER_MS)
    return { keyHash: key.hash, requestHash, tokenId, sealed: key.seal(secret), expiresAt }
  }

  /** @returns the record of a secret that has not ended */
  async function livePresented(digest: string): Promise<StoredRecord> {
    const record = (await store.resolveMany([digest])).get(digest)
    if (record === undefined || (record.secretEndsAt !== null && record.secretEndsAt.getTime() <= clock())) {
      throw new TokenError('ERR_PAT_SECRET_ENDED', 'the secret that is presented has ended')
    }
    return record
  }

  /** A secret that has a successor could take the token over from it. */
  async function requireNewest(digest: string): Promise<void> {
    const { secretEndsAt } = await livePresented(digest)
    if (secretEndsAt === null) return
    throw new TokenError('ERR_PAT_SECRET_SUPERSEDED', 'the token has a newer secret')
  }

  async function replay(actor: Actor, owner: Owner, repeatable: Repeatable): Promise<Issued | null> {
    const { key, requestHash, presentedDigest } = repeatable
    const answer = await store.findAnswer(owner, key.hash, new Date(clock()))
    if (answer === null) return null
    if (presentedDigest !== null) await livePresented(presentedDigest)
    if (answer.requestHash !== requestHash) {
      throw new TokenError(
        'ERR_PAT_IDEMPOTENCY_MISMATCH',
        'the idempotency key was used for another request',
        'idempotencyKey',
      )
    }
    if (answer.sealed === null) {
      throw new TokenError(
        'ERR_PAT_IDEMPOTENCY_ENDED',
        'the idempotency key was used for a secret that has ended',
        'idempotencyKey',
      )
    }
    const token = await found(owner, answer.tokenId)
    await requireToken(actor, owner, token)
    const secret = key.open(answer.sealed)
    return { token: view(token), secret: mintedToken(secret.token, secret.hint, secret.digest), replayed: true }
  }

  async function insert(
    actor: Actor,
    owner: Owner,
    made: Draft,
    repeatable: Repeatable | null,
  ): Promise<Issued | 'duplicate'> {
    const secret = await mint(made)
    const token: Token = { ...made, hint: secret.hint }
    const newSecret = { digest: secret.digest, createdAt: made.createdAt, awaitsAdoption: false }
    const event = eventOf('create', actor.id, owner, made.id)
    const answer = answerOf(repeatable, secret, made.id)
    const outcome = await store.insert(token, newSecret, limitAt(made.createdAt), answer, event)
    if (outcome === 'missing') throw noPrincipal()
    if (outcome === 'limit') throw limitReached()
    return outcome === 'duplicate' ? outcome : issued(token, secret)
  }

  async function create(
    actor: Actor,
    owner: Owner,
    input: CreateInput,
    newOwner: NewPrincipal | null = null,
  ): Promise<Issued> {
    const { idempotencyKey: text, ...rest } = input
    const repeatable = repeatableOf(actor, owner, text, rest)
    const earlier = repeatable === null ? null : await replay(actor, owner, repeatable)
    if (earlier !== null) return earlier
    for (let attempt = 0; attempt < (settings.retries ? MOST_IDS : 1); attempt++) {
      const outcome = await insert(actor, owner, await permittedFor(actor, owner, rest, newOwner), repeatable)
      if (outcome !== 'duplicate') return outcome
      const replayed = repeatable === null ? null : await replay(actor, owner, repeatable)
      if (replayed !== null) return replayed
    }
    throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'a token with this id exists')
  }

  /** What is refused makes no owner. */
  async function permittedFor(
    actor: Actor,
    owner: Owner,
    input: CreateInput,
    newOwner: NewPrincipal | null,
  ): Promise<Draft> {
    if (newOwner !== null && (await store.findPrincipal(owner)) === null) {
      await permitted(actor, owner, input, madeOf(owner, newOwner))
      await ensurePrincipal(actor, owner, newOwner)
    }
    return permitted(actor, owner, input, null)
  }

  async function permitted(actor: Actor, owner: Owner, input: CreateInput, future: Principal | null): Promise<Draft> {
    const now = new Date(clock())
    const drafted = draft(validId('id', await newId()), owner, actor.id, input, policy, now)
    const made = { ...drafted, scopes: kept(drafted.scopes) }
    requireKnown(made.scopes)
    const principal = future ?? (await ownerOf(owner))
    if (principal.disabledAt !== null) throw new TokenError('ERR_PAT_PRINCIPAL_DISABLED', 'the principal is disabled')
    requireHeld(made.scopes, actor, principal, scopeRules)
    const isOwnUser = made.userId === owner.principalId && principal.kind === 'user'
    if (!isOwnUser) await requireUser(owner.organizationId, made.userId)
    return made
  }

  async function offeredScopes(actor: Actor, owner: Owner, newOwner?: NewPrincipal): Promise<readonly ScopeOffer[]> {
    const present = await store.findPrincipal(owner)
    const principal = present ?? (newOwner === undefined ? null : madeOf(owner, newOwner))
    if (principal === null) throw noPrincipal()
    if (catalog === undefined) return []
    const { names, labels } = catalog
    const withheld = new Set(withheldScopes(names, actor, principal, scopeRules))
    return names.map((name) => ({ name, label: labels[name] as string, isGrantable: !withheld.has(name) }))
  }

  async function remove(actor: Actor, owner: Owner, id: string | null): Promise<number> {
    const removed =
      id !== null && !isId(id)
        ? []
        : await store.remove(owner, id, (token) => eventOf('delete', actor.id, owner, token.id))
    for (const token of removed) await tell(token.id, token.version + 1)
    return removed.length
  }

  async function list(where: Owner | Pick<Owner, 'organizationId'>, input: ListInput = {}): Promise<TokenPage> {
    const query = listQuery(input, life, new Date(clock()))
    const { items, more, total } = await store.list(where, query)
    const last = items.at(-1)
    const next = more && last !== undefined ? writeCursor(last, query.sort, life) : null
    return { items: items.map(view), next, total }
  }

  async function revokeAll(actor: Actor, owner: Owner): Promise<number> {
    const eventFor = ({ id }: Removed) => eventOf('revoke', actor.id, owner, id, ['revokedAt'])
    const revoked = await store.revokeAll(owner, new Date(clock()), eventFor)
    for (const { id, version } of revoked) await tell(id, version)
    return revoked.length
  }

  async function putPrincipal(actor: Actor, input: PrincipalInput): Promise<void> {
    const { principal, given } = principalPut(input)
    const event = eventOf('principal', actor.id, principal, null, ['kind', ...Object.keys(given)])
    await (isWhole(given) ? store.putPrincipal(principal, event) : putPart(principal, given, event))
    await tellOfPrincipal(principal)
  }

  /** Changes the principal that exists, or adds one where none does. Somebody else may add or remove it meanwhile. */
  async function putPart(principal: Principal, given: Partial<Principal>, event: ChangeEvent): Promise<void> {
    const { organizationId, principalId, kind } = principal
    const change = (present: Principal) => ({ ...present, kind, ...given })
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      if ((await store.changePrincipal({ organizationId, principalId }, change, event)) !== null) return
      if ((await store.insertPrincipal(principal, event)) === 'ok') return
    }
    throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'the principal is being changed too often: try again')
  }

  async function ensurePrincipal(actor: Actor, owner: Owner, input: NewPrincipal): Promise<Principal> {
    const principal = madeOf(owner, input)
    const present = await store.findPrincipal(principal)
    if (present !== null) return present
    const event = eventOf('principal', actor.id, principal, null, ['kind', 'disabledAt', 'ceiling'])
    if ((await store.insertPrincipal(principal, event)) === 'duplicate') return ownerOf(principal)
    await tellOfPrincipal(principal)
    return principal
  }

  async function changePrincipal(actor: Actor, owner: Owner, change: PrincipalChange): Promise<Principal> {
    const event = eventOf('principal', actor.id, owner, null, ['disabledAt', 'ceiling'])
    const changed = await store.changePrincipal(owner, checkedChange(change), event)
    if (changed === null) throw noPrincipal()
    await tellOfPrincipal(changed)
    return changed
  }

  async function listPrincipals(
    where: Pick<Owner, 'organizationId'>,
    input: PrincipalListInput = {},
  ): Promise<PrincipalPage> {
    const { organizationId } = where
    const { after, limit, kind } = principalQuery(input)
    const found = await store.listPrincipals(organizationId, after, limit + 1, kind)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    return { items, next: found.length > limit && last !== undefined ? principalCursor(last) : null }
  }

  async function adopt(record: StoredRecord): Promise<void> {
    const owner = { organizationId: record.organizationId, principalId: record.principalId }
    const token = await store.find(owner, record.id)
    if (token === null) return
    const ended = { set: {}, addSecret: null, endOtherSecretsAt: new Date(clock()), adopt: record.digest }
    const event = eventOf('secret_adopted', PATKIT, owner, token.id)
    const adopted = await store.swap(owner, token.id, token.version, ended, null, event)
    if (typeof adopted === 'object') await tell(token.id, adopted.version)
  }

  async function reused({ id, organizationId, principalId }: StoredRecord): Promise<void> {
    await store.record([eventOf('secret_reused', PATKIT, { organizationId, principalId }, id)])
  }

  async function flush(): Promise<void> {
    await Promise.all([ledger.flush(), chores.settled()])
  }

  async function close(): Promise<void> {
    await Promise.all([ledger.close(), chores.settled()])
  }

  return checkedVerbs({
    in: (transaction: never) => transactionTokens(settings, transaction),
    create,
    import: async (actor: Actor, owner: Owner, input: ImportInput) =>
      brought(await importer.write(actor, owner, input)),
    async checkImport(actor: Actor, owner: Owner, input: ImportInput) {
      const checked = await importer.check(actor, owner, input)
      return { ...brought(checked), ownerExists: checked.ownerExists }
    },
    get: async (owner: Owner, id: string) => view(await found(owner, id)),
    list,
    offeredScopes,
    update: (actor: Actor, owner: Owner, id: string, input: UpdateInput) => edit(actor, owner, id, () => input),
    async addScopes(actor: Actor, owner: Owner, id: string, scopes: readonly string[]) {
      const added = validScopes('scopes', scopes)
      return edit(actor, owner, id, (token) => {
        requireUncovered(added, token.scopes, kept)
        return { scopes: [...token.scopes, ...added] }
      })
    },
    removeScopes(actor: Actor, owner: Owner, id: string, which: ScopeChoice) {
      return edit(actor, owner, id, ({ scopes: held }) => {
        const gone = new Set(validScopes('scopes', typeof which === 'function' ? which(held) : which))
        return { scopes: held.filter((scope) => !gone.has(scope)) }
      })
    },
    clearScopes: (actor: Actor, owner: Owner, id: string) => edit(actor, owner, id, () => ({ scopes: [] })),
    async rotate(actor: Actor, owner: Owner, id: string, input: RotateInput = {}) {
      const { idempotencyKey, presentedDigest = null, ...rest } = input
      const decide: Decide = async (token, now) => {
        if (presentedDigest !== null) await requireNewest(presentedDigest)
        const secret = await secretFor(actor, owner, token)
        return { change: rotate(token, input, secret, policy, now), secret, revives: false }
      }
      const request = { verb: 'rotate', id, ...rest }
      const repeatable = repeatableOf(actor, owner, idempotencyKey, request, presentedDigest)
      return change(actor, owner, id, 'rotate', decide, repeatable)
    },
    async revoke(actor: Actor, owner: Owner, id: string) {
      const decide: Decide = async (token, now) => ({ change: revoke(token, now), secret: null, revives: false })
      return (await change(actor, owner, id, 'revoke', decide)).token
    },
    async regenerate(actor: Actor, owner: Owner, id: string, input: RegenerateInput = {}) {
      const { idempotencyKey, ...rest } = input
      const decide: Decide = async (token, now) => {
        const life = newLife(token, input, policy, now)
        const secret = await secretFor(actor, owner, { ...token, ...life })
        return { change: regenerate(life, secret, now), secret, revives: true }
      }
      const request = { verb: 'regenerate', id, ...rest }
      return change(actor, owner, id, 'regenerate', decide, repeatableOf(actor, owner, idempotencyKey, request))
    },
    async delete(actor: Actor, owner: Owner, id: string) {
      if ((await remove(actor, owner, id)) === 0) throw notFound()
    },
    deleteAll: (actor: Actor, owner: Owner) => remove(actor, owner, null),
    revokeAll,
    putPrincipal,
    ensurePrincipal,
    changePrincipal,
    getPrincipal: ownerOf,
    ...erasure,
    ...createNotices(store, life, clock, view),
    listPrincipals,
    history: (owner: Owner, id: string) => store.history(owner, id),
    audit: createAuditLog(store.audit),
    verifierOptions: verifierOptions({ ...settings, ledger, chores, adopt, reused }),
    prune: () => store.prune(new Date(clock())),
    flush,
    close,
    [Symbol.asyncDispose]: close,
  })
}

function transactionTokens(settings: ServiceSettings, transaction: never): TransactionTokens {
  const { store, channel, failed } = settings
  if (store.within === undefined) throw new TypeError('patkit: the store of this service takes part in no transaction')
  const inside = store.within(transaction)
  const gathered = gatheringChannel()
  const service = serviceOf({ ...settings, store: inside, channel: gathered.channel, retries: false })
  const { in: _, audit, verifierOptions, prune, flush, close, [Symbol.asyncDispose]: __, ...others } = service
  // They take transactions of their own, one after the other.
  const { erasePrincipal, resumeErasures, notices, confirmNotices, ...verbs } = others
  return Object.freeze({
    ...verbs,
    async announce() {
      if (await inside.isOpen()) throw new Error('patkit: announce was called before the transaction was committed')
      for (const what of gathered.take()) {
        // After a rollback, a version that will never be would keep the token out of every cache.
        const counts = what.kind !== 'token' || (await inside.hasVersion(what.id, what.minVersion ?? 0))
        if (counts) await channel.publish(what).catch(failed)
      }
    },
  })
}

/** Whether a change says how long, or from where, a token is good. */
function isExtent(change: Change | null): boolean {
  return change !== null && ('expiresAt' in change.set || 'ipAllowlist' in change.set)
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
function madeOf({ organizationId, principalId }: Owner, { kind, ceiling, ...unknown }: NewPrincipal): Principal {
  return validPrincipal({ ...unknown, organizationId, principalId, kind, ceiling, disabledAt: null })
}

function notFound(): TokenError {
  return new TokenError('ERR_PAT_TOKEN_NOT_FOUND', 'no token matches')
}

function noPrincipal(): TokenError {
  return new TokenError('ERR_PAT_PRINCIPAL_NOT_FOUND', 'there is no such principal')
}

function limitReached(): TokenError {
  return new TokenError('ERR_PAT_TOKEN_LIMIT', 'the principal has reached its token limit')
}
