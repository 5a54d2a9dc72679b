import { isDeepStrictEqual } from 'node:util'
import { uncoveredScopes } from '@patkit/core/adapter'
import {
  type Actor,
  type AuditListInput,
  type AuditPage,
  type CreateInput,
  type ErasedPrincipal,
  type EraseInput,
  type Issued,
  type ListInput,
  type NewPrincipal,
  type Owner,
  type Principal,
  type PrincipalListInput,
  type PrincipalPage,
  type RegenerateInput,
  type RevokeInput,
  type RotateInput,
  type ScopeChoice,
  type ScopeOffer,
  type ScopeUsage,
  type SecretView,
  TokenError,
  type TokenPage,
  type TokenService,
  type TokenView,
  type UpdateInput,
} from '@patkit/tokens'
import type { OrganizationContext, OwnerContext, TokenContext } from './access-policy.ts'
import type { Caller } from './caller.ts'
import { ApiProblem } from './problem.ts'
import { type TokenFacts, tokenFacts } from './token-facts.ts'

/** What a route does. Every shape of an API is made of these, and of no others. */
export type Operation<S, I, R> = (context: S, input: I) => Promise<R>

interface Named {
  readonly id: string
}

/** The whole token, as a client presented it to the caller. */
interface Presented {
  readonly token: string
}

/** Makes the caller's own principal where it is missing, if the caller may. Another one's that is missing is 404. */
export const createToken: Operation<OwnerContext, CreateInput, Issued> = async (
  { tokens, caller, owner, newOwner },
  input,
) => {
  requireActing(caller, owner, input.userId ?? null)
  return tokens
    .create(actorOf(caller), owner, input, newOwner ?? undefined)
    .catch((error) => refuseMissingOwner(error, newOwner))
}

export const listTokens: Operation<OwnerContext, ListInput, TokenPage> = ({ tokens, owner }, input) =>
  tokens.list(owner, input)

/** What the caller may give to tokens of the owner: of the catalog, or of the named scopes. */
export const listScopes: Operation<
  OwnerContext,
  { readonly names?: readonly string[] | undefined },
  readonly ScopeOffer[]
> = async ({ tokens, caller, owner, newOwner }, { names }) => {
  return tokens
    .offeredScopes(actorOf(caller), owner, newOwner ?? undefined, names)
    .catch((error) => refuseMissingOwner(error, newOwner))
}

/** Uses of one of the owner's tokens and changes to it, also after it is gone. Another owner's does not exist. */
export const listTokenEvents: Operation<OwnerContext, Named & Omit<AuditListInput, 'tokenId'>, AuditPage> = async (
  { tokens, owner },
  { id, ...input },
) => {
  const page = await tokens.audit.list(ownerOf(owner), { ...input, tokenId: id })
  const isKnown = page.items.length > 0 || (await tokens.history(owner, id)).length > 0
  if (!isKnown) await tokens.get(owner, id)
  return page
}

export const getToken: Operation<OwnerContext, Named, TokenView> = ({ tokens, owner }, { id }) => tokens.get(owner, id)

/** When each of the latest secrets was made, was last used, and ends. */
export const listSecrets: Operation<OwnerContext, Named, readonly SecretView[]> = ({ tokens, owner }, { id }) =>
  tokens.listSecrets(owner, id)

/** The recorded uses of the scopes of a token. */
export const listScopeUses: Operation<OwnerContext, Named, readonly ScopeUsage[]> = ({ tokens, owner }, { id }) =>
  tokens.scopeUses(owner, id)

export const updateToken: Operation<OwnerContext, Named & UpdateInput, TokenView> = (
  { tokens, caller, owner },
  { id, ...change },
) => tokens.update(actorOf(caller), owner, id, change)

export const addScopes: Operation<OwnerContext, Named & { readonly scopes: readonly string[] }, TokenView> = (
  { tokens, caller, owner },
  { id, scopes },
) => tokens.addScopes(actorOf(caller), owner, id, scopes)

export const removeScopes: Operation<OwnerContext, Named & { readonly scopes: ScopeChoice }, TokenView> = (
  { tokens, caller, owner },
  { id, scopes },
) => tokens.removeScopes(actorOf(caller), owner, id, scopes)

export const clearScopes: Operation<OwnerContext, Named, TokenView> = ({ tokens, caller, owner }, { id }) =>
  tokens.clearScopes(actorOf(caller), owner, id)

export const rotateToken: Operation<OwnerContext, Named & RotateInput, Issued> = (
  { tokens, caller, owner },
  { id, ...input },
) => tokens.rotate(actorOf(caller), owner, id, input)

export const revokeToken: Operation<OwnerContext, Named & RevokeInput, TokenView> = (
  { tokens, caller, owner },
  { id, ...input },
) => tokens.revoke(actorOf(caller), owner, id, input)

export const regenerateToken: Operation<OwnerContext, Named & RegenerateInput, Issued> = (
  { tokens, caller, owner },
  { id, ...input },
) => tokens.regenerate(actorOf(caller), owner, id, input)

export const deleteToken: Operation<OwnerContext, Named, void> = ({ tokens, caller, owner }, { id }) =>
  tokens.delete(actorOf(caller), owner, id)

export const deleteTokens: Operation<OwnerContext, unknown, number> = ({ tokens, caller, owner }) =>
  tokens.deleteAll(actorOf(caller), owner)

/** A page of tokens, with the scopes of each that the ceiling of its owner does not cover. */
export interface OrganizationPage extends TokenPage {
  readonly scopesAboveOwners: readonly (readonly string[])[]
}

/** Tokens of every principal of the organization. */
export const listOrganizationTokens: Operation<OrganizationContext, ListInput, OrganizationPage> = async (
  { tokens, caller: { organizationId } },
  input,
) => {
  const page = await tokens.list({ organizationId }, input)
  return { ...page, scopesAboveOwners: await tokens.scopesAboveOwners({ organizationId }, page.items) }
}

/** The caller with its address, and the rules for its tokens. */
export interface CallerFacts {
  readonly caller: Caller
  /** `null` where the address is unknown. */
  readonly clientIp: string | null
  readonly wildcards: boolean
  readonly policy: TokenService['policy']
}

export const describeCaller: Operation<OrganizationContext, unknown, CallerFacts> = async ({
  tokens,
  caller,
  clientIp,
}) => ({ caller, clientIp, wildcards: tokens.verifierOptions.wildcards ?? false, policy: tokens.policy })

export const listPrincipals: Operation<OrganizationContext, PrincipalListInput, PrincipalPage> = (
  { tokens, caller: { organizationId } },
  input,
) => tokens.listPrincipals({ organizationId }, input)

/** A principal of the caller's organization. */
export const getPrincipal: Operation<OrganizationContext, Named, Principal> = ({ tokens, caller }, { id }) =>
  tokens.getPrincipal({ organizationId: caller.organizationId, principalId: id })

type PrincipalChanges = Partial<Pick<Principal, 'ceiling' | 'disabledAt'>>

/** Adds a principal, or sets the ceiling of the one that exists. `disabledAt` stays as it is where it is left out. */
export const putPrincipal: Operation<
  OrganizationContext,
  Named & NewPrincipal & Pick<PrincipalChanges, 'disabledAt'>,
  { readonly principal: Principal; readonly isNew: boolean }
> = async (context, { kind, id, ...changes }) => {
  const { tokens, caller } = context
  const owner = { organizationId: caller.organizationId, principalId: id }
  const isNew = (await tokens.getPrincipal(owner).catch(missing)) === null
  if (isNew) {
    requireGrantableCeiling(context, changes.ceiling, [])
    await tokens.ensurePrincipal(actorOf(caller), owner, { kind, ceiling: changes.ceiling })
  }
  const principal = await tokens.changePrincipal(actorOf(caller), owner, (present) => {
    if (present.kind !== kind) throw new ApiProblem(409, 'conflict', 'The kind of a principal cannot be changed')
    return changedPrincipal(context, present, changes)
  })
  return { principal, isNew }
}

/** Changes a principal as it is at that moment. */
export const updatePrincipal: Operation<OrganizationContext, Named & PrincipalChanges, Principal> = (
  context,
  { id, ...changes },
) => {
  const owner = { organizationId: context.caller.organizationId, principalId: id }
  return context.tokens.changePrincipal(actorOf(context.caller), owner, (present) =>
    changedPrincipal(context, present, changes),
  )
}

/** Removes a principal with everything that opens something; one that broke off goes on. */
export const erasePrincipal: Operation<OrganizationContext, Named & EraseInput, ErasedPrincipal> = (
  { tokens, caller },
  { id, events },
) => tokens.erasePrincipal(actorOf(caller), { organizationId: caller.organizationId, principalId: id }, { events })

/** Creates a principal with a new id. An existing principal stays as it is. Of two simultaneous calls, the later one counts. */
export const createPrincipal: Operation<OrganizationContext, Omit<Principal, 'organizationId'>, Principal> = async (
  { tokens, caller },
  input,
) => {
  const principal = { ...input, organizationId: caller.organizationId }
  const present = await tokens.getPrincipal(principal).catch(missing)
  if (present !== null) throw new ApiProblem(409, 'principal_exists', 'There is a principal with this id')
  await tokens.putPrincipal(actorOf(caller), principal)
  return principal
}

export const listAudit: Operation<
  OrganizationContext,
  AuditListInput & { readonly principalId?: string },
  AuditPage
> = ({ tokens, caller: { organizationId } }, { principalId, ...input }) =>
  tokens.audit.list(principalId === undefined ? { organizationId } : { organizationId, principalId }, input)

/** The introspection of a token for a resource server (RFC 7662); `null` for an inactive token. */
export const introspectToken: Operation<OrganizationContext, Presented, TokenFacts | null> = async (
  { tokens, presented, caller },
  { token },
) => {
  const record = await presented.live(token)
  const isTheirs = record !== null && record.organizationId === caller.organizationId
  return isTheirs ? tokenFacts(record, tokens.verifierOptions) : null
}

/** Revokes the presented token. A token of another organization gets the same answer as an unknown one. */
export const revokePresented: Operation<OrganizationContext, Presented, void> = async (
  { tokens, presented, caller },
  { token },
) => {
  const record = await presented.known(token)
  if (record === null || record.organizationId !== caller.organizationId) return
  await tokens.revoke(actorOf(caller), ownerOf(record), record.id).catch((error) => {
    // Deleted in between: it is as dead as it was to be.
    if (error.code !== 'ERR_PAT_TOKEN_NOT_FOUND') throw error
  })
}

export const inspectSelf: Operation<TokenContext, unknown, TokenView> = ({ tokens, record }) =>
  tokens.get(ownerOf(record), record.id)

/**
 * An ending secret must not outlive its overlap by a rotation: a repeated request gets the earlier answer, and rotates
 * nothing.
 */
export const rotateSelf: Operation<TokenContext, Omit<RotateInput, 'presentedDigest'>, Issued> = async (
  context,
  input,
) => {
  const { tokens, record, denial } = context
  const presented = { ...input, presentedDigest: record.digest }
  try {
    return await tokens.rotate(selfOf(record), ownerOf(record), record.id, presented)
  } catch (error) {
    // It ended after it was verified.
    throw (error as Partial<TokenError>).code === 'ERR_PAT_SECRET_ENDED' ? denial('superseded') : error
  }
}

export const revokeSelf: Operation<TokenContext, RevokeInput, TokenView> = ({ tokens, record }, input) =>
  tokens.revoke(selfOf(record), ownerOf(record), record.id, input)

function changedPrincipal(context: OrganizationContext, present: Principal, changes: PrincipalChanges): Principal {
  if (changes.ceiling !== undefined) requireGrantableCeiling(context, changes.ceiling, present.ceiling)
  const changed = { ...present, ...changes }
  // Nothing is written, and no event either, where nothing changes.
  return isDeepStrictEqual(changed, present) ? present : changed
}

/**
 * A wider ceiling gives scopes to every token below it, so the caller must hold its new scopes.
 *
 * @throws TokenError `ERR_PAT_SCOPE_NOT_HELD`
 */
function requireGrantableCeiling(
  { tokens, caller }: OrganizationContext,
  ceiling: Principal['ceiling'],
  present: Principal['ceiling'],
): void {
  if (caller.scopes === null || present === null) return
  const { wildcards = false, implies = {} } = tokens.verifierOptions
  const held = [...caller.scopes, ...present]
  const [missing] = ceiling === null ? ['*'] : uncoveredScopes(held, ceiling, { wildcards, implies })
  if (missing === undefined) return
  const detail =
    ceiling === null
      ? 'must be a list: the caller does not hold every scope'
      : `holds ${missing}, which the caller does not hold`
  throw new TokenError('ERR_PAT_SCOPE_NOT_HELD', `ceiling ${detail}`, 'ceiling')
}

function missing(error: unknown): null {
  if (isMissingPrincipal(error)) return null
  throw error
}

function isMissingPrincipal(error: unknown): boolean {
  return (error as Partial<TokenError>).code === 'ERR_PAT_PRINCIPAL_NOT_FOUND'
}

/** A missing own principal is the caller's to make; another one does not exist. */
function refuseMissingOwner(error: unknown, newOwner: OwnerContext['newOwner']): never {
  throw newOwner === null && isMissingPrincipal(error) ? ownPrincipalMissing() : error
}

function ownPrincipalMissing(): ApiProblem {
  const detail =
    'Your principal does not exist. Create it with putPrincipal, or return "principal" from "authenticate" for sessions'
  return new ApiProblem(409, 'principal_missing', detail)
}

/** A user that the caller may not act for is answered like one that does not exist. */
function requireActing({ principalId, actsFor }: Caller, owner: Owner, userId: string | null): void {
  if (userId === null || userId === principalId || userId === owner.principalId || actsFor?.(userId) === true) return
  throw new TokenError('ERR_PAT_USER_NOT_FOUND', 'no user in this organization has this id', 'userId')
}

function actorOf({ id, scopes }: Caller): Actor {
  return { id, scopes }
}

/** A token that acts upon itself can give away what it has itself. */
function selfOf({ id, scopes }: TokenContext['record']): Actor {
  return { id: `token:${id}`, scopes }
}

function ownerOf({ organizationId, principalId }: Owner): Owner {
  return { organizationId, principalId }
}
