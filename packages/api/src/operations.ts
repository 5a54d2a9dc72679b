import {
  type Actor,
  type AuditListInput,
  type AuditPage,
  type CreateInput,
  type Issued,
  type ListInput,
  type Owner,
  type Principal,
  type PrincipalListInput,
  type PrincipalPage,
  type RegenerateInput,
  type RotateInput,
  type ScopeChoice,
  TokenError,
  type TokenPage,
  type TokenView,
  type UpdateInput,
} from '@patkit/tokens'
import type { Caller } from './caller.ts'
import { ApiProblem } from './problem.ts'
import type { OrganizationScene, OwnerScene, TokenScene } from './scene.ts'
import { type TokenFacts, tokenFacts } from './token-facts.ts'

/** What a route does. Every shape of an API is made of these, and of no others. */
export type Operation<S, I, R> = (scene: S, input: I) => Promise<R>

interface Named {
  readonly id: string
}

/** The whole token, as somebody presented it to the caller. */
interface Presented {
  readonly token: string
}

/** Makes the caller's own principal where it is missing, if the caller may. Another one's that is missing is 404. */
export const createToken: Operation<OwnerScene, CreateInput, Issued> = async (
  { tokens, caller, owner, newOwner },
  input,
) => {
  requireActing(caller, owner, input.userId ?? null)
  try {
    return await tokens.create(actorOf(caller), owner, input, newOwner ?? undefined)
  } catch (error) {
    throw newOwner === null && isMissingPrincipal(error) ? ownPrincipalMissing() : error
  }
}

export const listTokens: Operation<OwnerScene, ListInput, TokenPage> = ({ tokens, owner }, input) =>
  tokens.list(owner, input)

export const getToken: Operation<OwnerScene, Named, TokenView> = ({ tokens, owner }, { id }) => tokens.get(owner, id)

export const updateToken: Operation<OwnerScene, Named & UpdateInput, TokenView> = (
  { tokens, caller, owner },
  { id, ...change },
) => tokens.update(actorOf(caller), owner, id, change)

export const addScopes: Operation<OwnerScene, Named & { readonly scopes: readonly string[] }, TokenView> = (
  { tokens, caller, owner },
  { id, scopes },
) => tokens.addScopes(actorOf(caller), owner, id, scopes)

export const removeScopes: Operation<OwnerScene, Named & { readonly scopes: ScopeChoice }, TokenView> = (
  { tokens, caller, owner },
  { id, scopes },
) => tokens.removeScopes(actorOf(caller), owner, id, scopes)

export const clearScopes: Operation<OwnerScene, Named, TokenView> = ({ tokens, caller, owner }, { id }) =>
  tokens.clearScopes(actorOf(caller), owner, id)

export const rotateToken: Operation<OwnerScene, Named & RotateInput, Issued> = (
  { tokens, caller, owner },
  { id, ...input },
) => tokens.rotate(actorOf(caller), owner, id, input)

export const revokeToken: Operation<OwnerScene, Named, TokenView> = ({ tokens, caller, owner }, { id }) =>
  tokens.revoke(actorOf(caller), owner, id)

export const regenerateToken: Operation<OwnerScene, Named & RegenerateInput, Issued> = (
  { tokens, caller, owner },
  { id, ...input },
) => tokens.regenerate(actorOf(caller), owner, id, input)

export const deleteToken: Operation<OwnerScene, Named, void> = ({ tokens, caller, owner }, { id }) =>
  tokens.delete(actorOf(caller), owner, id)

export const deleteTokens: Operation<OwnerScene, unknown, number> = ({ tokens, caller, owner }) =>
  tokens.deleteAll(actorOf(caller), owner)

export const listPrincipals: Operation<OrganizationScene, PrincipalListInput, PrincipalPage> = (
  { tokens, caller: { organizationId } },
  input,
) => tokens.listPrincipals({ organizationId }, input)

/** A principal whose id nobody has yet: what is there is left as it is. Of two that come at once, the later one stays. */
export const createPrincipal: Operation<OrganizationScene, Omit<Principal, 'organizationId'>, Principal> = async (
  { tokens, caller },
  input,
) => {
  const principal = { ...input, organizationId: caller.organizationId }
  const present = await tokens.getPrincipal(principal).catch(missing)
  if (present !== null) throw new ApiProblem(409, 'principal_exists', 'There is a principal with this id')
  await tokens.putPrincipal(actorOf(caller), principal)
  return principal
}

export const listAudit: Operation<OrganizationScene, AuditListInput & { readonly principalId?: string }, AuditPage> = (
  { tokens, caller: { organizationId } },
  { principalId, ...input },
) => tokens.audit.list(principalId === undefined ? { organizationId } : { organizationId, principalId }, input)

/** What a resource server is told of a token that it was presented with; `null` for one that is good for nothing. */
export const introspectToken: Operation<OrganizationScene, Presented, TokenFacts | null> = async (
  { tokens, presented, caller },
  { token },
) => {
  const record = await presented.live(token)
  const isTheirs = record !== null && record.organizationId === caller.organizationId
  return isTheirs ? tokenFacts(record, tokens.verifierOptions) : null
}

/** Revokes the token that is presented. What is no token of the caller's organization cannot be told from what is none. */
export const revokePresented: Operation<OrganizationScene, Presented, void> = async (
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

export const inspectSelf: Operation<TokenScene, unknown, TokenView> = ({ tokens, record }) =>
  tokens.get(ownerOf(record), record.id)

/** A secret that is on its way out would outlive its overlap by making another one. */
export const rotateSelf: Operation<TokenScene, RotateInput, Issued> = async ({ tokens, record }, input) => {
  if (record.secretEndsAt !== null) throw new ApiProblem(409, 'superseded', 'The token has a newer secret')
  return tokens.rotate(selfOf(record), ownerOf(record), record.id, input)
}

export const revokeSelf: Operation<TokenScene, unknown, TokenView> = ({ tokens, record }) =>
  tokens.revoke(selfOf(record), ownerOf(record), record.id)

function missing(error: unknown): null {
  if (isMissingPrincipal(error)) return null
  throw error
}

function isMissingPrincipal(error: unknown): boolean {
  return (error as Partial<TokenError>).code === 'ERR_PAT_PRINCIPAL_NOT_FOUND'
}

function ownPrincipalMissing(): ApiProblem {
  const detail =
    'Your principal does not exist. Create it with putPrincipal, or return "principal" from "authenticate" for sessions'
  return new ApiProblem(409, 'principal_missing', detail)
}

/** Whoever may not act for a user is told what is told of one that does not exist. */
function requireActing({ principalId, actsFor }: Caller, owner: Owner, userId: string | null): void {
  if (userId === null || userId === principalId || userId === owner.principalId || actsFor?.(userId) === true) return
  throw new TokenError('ERR_PAT_USER_NOT_FOUND', 'there is no such user in this organization', 'userId')
}

function actorOf({ id, scopes }: Caller): Actor {
  return { id, scopes }
}

/** A token that acts upon itself can give away what it has itself. */
function selfOf({ id, scopes }: TokenScene['record']): Actor {
  return { id: `token:${id}`, scopes }
}

function ownerOf({ organizationId, principalId }: Owner): Owner {
  return { organizationId, principalId }
}
