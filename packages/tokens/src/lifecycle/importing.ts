import { validId } from '../input/fields.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Owner, Principal, Token } from '../stores/token-store.ts'
import { invalidInput, principalNotFound, TokenError, userNotFound } from '../token-error.ts'
import type { TokenService } from '../token-service.ts'
import { type Actor, requireHeld } from './delegation.ts'
import { type ImportedToken, type ImportInput, importedToken } from './import.ts'
import type { Requirements } from './requirements.ts'

interface Prepared {
  readonly made: ImportedToken
  /** The owner's token that has a secret with this digest already, also one that has ended. */
  readonly existing: Token | null
  readonly principal: Principal | null
}

/** Takes over tokens of other systems. */
export function createImporting(
  context: ServiceContext,
  { requireKnown }: Pick<Requirements, 'requireKnown'>,
): Pick<TokenService, 'import' | 'checkImport'> {
  const { store, scopeRules, view } = context

  async function present(owner: Owner, digest: string): Promise<Token | null> {
    const record = (await store.resolveMany([digest])).get(digest)
    if (record === undefined) return null
    if (record.organizationId !== owner.organizationId || record.principalId !== owner.principalId) {
      throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'a token of another owner has this digest', 'digest')
    }
    return store.find(owner, record.id)
  }

  /** Without wildcards such a scope matches nothing: the imported token would stop working. */
  function requireMatching(scopes: readonly string[]): void {
    const index = scopeRules.wildcards ? -1 : scopes.findIndex((scope) => scope.includes('*'))
    if (index >= 0) throw invalidInput(`scopes/${index}`, 'has a wildcard, which needs "wildcards": true')
  }

  /** The user may be disabled, as the owner may: the token is denied for as long as that lasts. */
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
    const id = input.id ?? (await context.newId())
    const now = context.now()
    const version = input.id === undefined && context.drawsIds ? 1 : await context.firstVersion(validId('id', id), now)
    const made = importedToken({ id, version, owner, createdBy: actor.id, now }, input)
    requireKnown(made.token.scopes)
    requireMatching(made.token.scopes)
    const existing = await present(owner, made.secret.digest)
    if (existing !== null) return { made, existing, principal: await store.findPrincipal(owner) }
    if (input.id !== undefined && (await store.find(owner, input.id)) !== null) throw idTaken()
    return { made, existing, principal: await requireParties(actor, owner, made.token) }
  }

  return {
    async import(actor, owner, input) {
      const { made, existing, principal } = await prepare(actor, owner, input)
      if (existing !== null) return { token: view(existing), imported: false }
      const { token, secret } = made
      const event = context.changeEvent({ action: 'import', actorId: actor.id, owner, tokenId: token.id })
      const outcome =
        principal === null ? 'missing' : await store.insert({ token, secret, limit: null, answer: null, event })
      if (outcome === 'ok') return { token: view(token), imported: true }
      if (outcome === 'missing') throw principalNotFound()
      const faster = await present(owner, secret.digest)
      if (faster === null) throw idTaken()
      return { token: view(faster), imported: false }
    },
    async checkImport(actor, owner, input) {
      const { made, existing, principal } = await prepare(actor, owner, input)
      const token = view(existing ?? made.token)
      return { token, imported: existing === null, ownerExists: principal !== null }
    },
  }
}

function requireKind(user: Principal | null): void {
  if (user?.kind === 'user') return
  throw userNotFound()
}

function idTaken(): TokenError {
  return new TokenError('ERR_PAT_TOKEN_CONFLICT', 'another token has this id', 'id')
}
