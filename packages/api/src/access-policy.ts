import { type DenyReason, isScopeName, type TokenRecord, type Verifier } from '@patkit/core'
import type { Decision } from '@patkit/core/adapter'
import type { NewPrincipal, Owner, Principal, StoredRecord, TokenService } from '@patkit/tokens'
import {
  type Authenticate,
  type Caller,
  fetchRequestReader,
  type IncomingRequest,
  isKnownByToken,
  principalPermission,
  type Unauthenticated,
} from './caller.ts'
import type { PresentedTokens } from './presented-tokens.ts'
import { type ApiProblem, challengeProblem, forbidden, notFound } from './problem.ts'

/** The input of an operation: the caller, and the owner of the tokens. */
export interface OwnerContext {
  readonly tokens: TokenService
  readonly caller: Caller
  readonly owner: Owner
  /** What the caller's own principal is made as where it is missing; `null` where it cannot be made. Absent for others. */
  readonly newOwner?: NewPrincipal | null
}

export interface OrganizationContext {
  readonly tokens: TokenService
  /** Reads the tokens in the body of a request. */
  readonly presented: PresentedTokens
  readonly caller: Caller
  /** The address of the client; `null` where it is unknown. */
  readonly clientIp: string | null
}

/** The token that was presented is itself what the request is about. */
export interface TokenContext {
  readonly tokens: TokenService
  readonly record: Readonly<StoredRecord>
  /** The verifier's answer for a reason. */
  readonly denial: (reason: DenyReason) => ApiProblem
}

/** A request whose access is to be decided. */
export interface AccessRequest extends IncomingRequest {
  readonly tokens: TokenService
  readonly presented: PresentedTokens
  readonly authenticate: Authenticate
  /** `null` where no route is about the token that is presented. */
  readonly verifier: Verifier<StoredRecord> | null
  /** Writes the challenges: the verifier, or a verifier with default options. */
  readonly challenger: Pick<Verifier<StoredRecord>, 'challenge'>
  readonly params: Readonly<Record<string, string>>
  /** Finds the address of the client behind trusted proxies. */
  readonly clientIpOf: (arriving: IncomingRequest) => string | null
}

/** Decides whether the caller may use a route, before the rest of the request is read. */
export interface AccessPolicy<S> {
  /** For tests and documents: every route has exactly one. */
  readonly name: 'own' | 'principal' | 'member' | 'organization' | 'principals' | 'token'
  /** @throws ApiProblem where the way ends */
  readonly authorize: (access: AccessRequest) => Promise<S>
}

/** The caller's own tokens. */
export const callerTokens: AccessPolicy<OwnerContext> = {
  name: 'own',
  async authorize(access) {
    const caller = await callerOf(access)
    if (caller.principalId === null) throw forbidden()
    const owner = { organizationId: caller.organizationId, principalId: caller.principalId }
    return { tokens: access.tokens, caller, owner, newOwner: newOwnerOf(caller, access) }
  },
}

/**
 * The tokens of the principal that a member of the path names, in the caller's organization. For a
 * caller that manages no others, only its own.
 *
 * @param kind which principals the path is about; the others are not there. Default both
 *
 * @example
 * ```ts
 * import { principalTokens } from '@patkit/api'
 *
 * const access = principalTokens('user_id', 'user') // for a path such as /users/{user_id}/tokens
 * ```
 */
export function principalTokens(member: string, kind?: Principal['kind']): AccessPolicy<OwnerContext> {
  return {
    name: 'principal',
    async authorize(access) {
      const caller = await callerOf(access)
      const owner = { organizationId: caller.organizationId, principalId: access.params[member] ?? '' }
      const isOwn = owner.principalId === caller.principalId
      // Before any lookup: a caller that manages no principal learns nothing about their existence.
      if (!isOwn && caller.manages === null) throw forbidden()
      const principal = await access.tokens.getPrincipal(owner).catch((error) => {
        throw isMissing(error) ? notFound() : error
      })
      if (kind !== undefined && principal.kind !== kind) throw notFound()
      if (!isOwn && caller.manages !== null) requireYes(await caller.manages(principal))
      return { tokens: access.tokens, caller, owner }
    },
  }
}

/** What every caller of an organization may do there. */
export const organizationMember: AccessPolicy<OrganizationContext> = {
  name: 'member',
  async authorize(access) {
    const { tokens, presented } = access
    return { tokens, presented, caller: await callerOf(access), clientIp: access.clientIpOf(access) }
  },
}

/** Data of the organization, for its administrators. */
export const organizationAdmin: AccessPolicy<OrganizationContext> = {
  name: 'organization',
  async authorize(access) {
    const context = await organizationMember.authorize(access)
    if (!context.caller.administers) throw forbidden()
    return context
  },
}

/**
 * The principals of the organization, for those who administer it: to read them and to change them. A personal access
 * token may do so through `tokenCallers` alone, with the scope that `principalScopeOf` names.
 */
export const principalAdmin: AccessPolicy<OrganizationContext> = {
  name: 'principals',
  async authorize(access) {
    const context = await organizationAdmin.authorize(access)
    const permission = principalPermission(context.caller)
    const isPermitted = permission === null ? !presentsToken(access.request, access.tokens) : await permission()
    if (isPermitted === false) throw forbidden()
    if (isPermitted !== true) throw challengeProblem(isPermitted.challenge)
    return context
  },
}

/** The token that is presented, which needs no scope to ask about itself. */
export const presentedToken: AccessPolicy<TokenContext> = {
  name: 'token',
  async authorize(access) {
    const { tokens, verifier, challenger: _, clientIpOf: __, ...arriving } = access
    if (verifier === null) throw notFound()
    const decision: Decision<TokenRecord> = await verifier.verify(arriving, fetchRequestReader)
    if (!decision.ok) {
      throw challengeProblem(verifier.challenge(decision, fetchRequestReader.context(arriving).id))
    }
    // A token from elsewhere, such as a JWT, never names a token of the store, even with an equal id.
    if (!('awaitsAdoption' in decision.grant.record)) throw forbidden()
    const denial = (reason: DenyReason) => denialOf(access, reason)
    return { tokens, record: decision.grant.record as StoredRecord, denial }
  },
}

/** Sessions alone make principals: a token belongs to one that has been there. */
function newOwnerOf(caller: Caller, { request, tokens }: AccessRequest): NewPrincipal | null {
  if (caller.principal === undefined || isKnownByToken(caller) || presentsToken(request, tokens)) return null
  const { kind, ceiling, ...unknown } = caller.principal
  const [name] = Object.keys(unknown)
  const isCeiling = ceiling === null || (Array.isArray(ceiling) && ceiling.every(isScopeName))
  if (name !== undefined || (kind !== 'user' && kind !== 'service') || !isCeiling) {
    throw new TypeError("principal of a caller must have a kind, 'user' or 'service', and a ceiling, scopes or null")
  }
  return { kind, ceiling }
}

function presentsToken({ headers }: Request, { verifierOptions }: TokenService): boolean {
  const credential = /^bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (credential === undefined) return false
  return verifierOptions.format.some(
    (format) => format.read === undefined && credential.length <= format.maxLength && format.accepts(credential),
  )
}

async function callerOf(access: AccessRequest): Promise<Caller> {
  const { request, peer, isTruncated = false } = access
  const caller = await access.authenticate({ request, peer, isTruncated })
  if (caller === null) throw denialOf(access, 'missing_credential')
  if ('challenge' in caller) throw challengeProblem(caller.challenge)
  return caller
}

function denialOf({ challenger, request, peer }: AccessRequest, reason: DenyReason): ApiProblem {
  const denied = {
    ok: false,
    reason,
    tokenId: null,
    requiredScopes: [],
    detail: null,
    retryAfterSeconds: null,
  } as const
  return challengeProblem(challenger.challenge(denied, fetchRequestReader.context({ request, peer }).id))
}

function requireYes(answer: boolean | Unauthenticated): void {
  if (answer === true) return
  throw answer === false ? notFound() : challengeProblem(answer.challenge)
}

function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'ERR_PAT_PRINCIPAL_NOT_FOUND' || code === 'ERR_PAT_INPUT_INVALID'
}
