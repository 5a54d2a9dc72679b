import type { Awaitable, ScopeOptions } from '@patkit/core/adapter'
import type { ChangeEvent } from './change-event.ts'
import { type Actor, requireHeld } from './delegation.ts'
import { type ImportedToken, type ImportInput, importedToken } from './import.ts'
import type { Owner, Principal, Token, TokenStore } from './store.ts'
import { invalidInput, TokenError } from './token-error.ts'

export interface ImporterSource {
  readonly store: TokenStore
  readonly clock: () => number
  readonly newId: () => Awaitable<string>
  readonly scopeRules: Required<ScopeOptions>
  readonly requireKnown: (scopes: readonly string[]) => void
  readonly eventOf: (actor: Actor, owner: Owner, tokenId: string) => ChangeEvent
}

/** A token as it is after an import, and whether this import has written it. */
export interface ImportOutcome {
  readonly token: Token
  readonly imported: boolean
}

interface Prepared {
  readonly made: ImportedToken
  /** The owner's token that has a secret with this digest already, also one that has ended. */
  readonly there: Token | null
  readonly principal: Principal | null
}

type Importing<T> = (actor: Actor, owner: Owner, input: ImportInput) => Promise<T>

export interface Importer {
  readonly write: Importing<ImportOutcome>
  readonly check: Importing<ImportOutcome & { readonly ownerExists: boolean }>
}

/** The verb, and what it would do. */
export function createImporter(source: ImporterSource): Importer {
  const { store, scopeRules } = source

  async function present(owner: Owner, digest: string): Promise<Token | null> {
    const record = (await store.resolveMany([digest])).get(digest)
    if (record === undefined) return null
    if (record.organizationId !== owner.organizationId || record.principalId !== owner.principalId) {
      throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'a token of another owner has this digest', 'digest')
    }
    return store.find(owner, record.id)
  }

  /** What matches nothing here would let a token come over and open no door any more. */
  function requireMatching(scopes: readonly string[]): void {
    const index = scopeRules.wildcards ? -1 : scopes.findIndex((scope) => scope.includes('*'))
    if (index >= 0) throw invalidInput(`scopes/${index}`, 'holds a wildcard, which needs "wildcards": true')
  }

  /** A user that is disabled stops the token for as long as that lasts, like an owner that is. */
  async function requireUser({ organizationId, principalId }: Owner, userId: string | null): Promise<void> {
    if (userId === null || userId === principalId) return
    requireKind(await store.findPrincipal({ organizationId, principalId: userId }))
  }

  async function requireParties(actor: Actor, owner: Owner, token: Token): Promise<Principal | null> {
    await requireUser(owner, token.userId)
    const principal = await store.findPrincipal(owner)
    if (principal === null) return null
    if (token.userId === owner.principalId) requireKind(principal)
    requireHeld(token.scopes, actor, principal, scopeRules)
    return principal
  }

  async function prepare(actor: Actor, owner: Owner, input: ImportInput): Promise<Prepared> {
    const id = input.id ?? (await source.newId())
    const made = importedToken(id, owner, actor.id, input, new Date(source.clock()))
    source.requireKnown(made.token.scopes)
    requireMatching(made.token.scopes)
    const there = await present(owner, made.secret.digest)
    if (there !== null) return { made, there, principal: await store.findPrincipal(owner) }
    if (input.id !== undefined && (await store.find(owner, input.id)) !== null) throw idTaken()
    return { made, there, principal: await requireParties(actor, owner, made.token) }
  }

  async function write(actor: Actor, owner: Owner, input: ImportInput): Promise<ImportOutcome> {
    const { made, there, principal } = await prepare(actor, owner, input)
    if (there !== null) return { token: there, imported: false }
    const { token, secret } = made
    const event = source.eventOf(actor, owner, token.id)
    const outcome = principal === null ? 'missing' : await store.insert(token, secret, null, null, event)
    if (outcome === 'ok') return { token, imported: true }
    if (outcome === 'missing') throw new TokenError('ERR_PAT_PRINCIPAL_NOT_FOUND', 'there is no such principal')
    const faster = await present(owner, secret.digest)
    if (faster === null) throw idTaken()
    return { token: faster, imported: false }
  }

  return {
    write,
    async check(actor, owner, input) {
      const { made, there, principal } = await prepare(actor, owner, input)
      return { token: there ?? made.token, imported: there === null, ownerExists: principal !== null }
    },
  }
}

function requireKind(user: Principal | null): void {
  if (user?.kind === 'user') return
  throw new TokenError('ERR_PAT_USER_NOT_FOUND', 'no user in this organization has this id', 'userId')
}

function idTaken(): TokenError {
  return new TokenError('ERR_PAT_TOKEN_CONFLICT', 'another token has this id', 'id')
}
