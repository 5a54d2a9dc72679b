import { type DenyReason, isScopeName, type TokenRecord, type Verifier } from '@patkit/core'
import type { Decision } from '@patkit/core/adapter'
import type { NewPrincipal, Owner, Principal, StoredRecord, TokenService } from '@patkit/tokens'
import {
  type Arriving,
  type Authenticate,
  arrivingReader,
  type Caller,
  isKnownByToken,
  principalPermission,
  type Unauthenticated,
} from './caller.ts'
import type { PresentedTokens } from './presented-tokens.ts'
import { type ApiProblem, challengeProblem, forbidden, notFound } from './problem.ts'

/** The input of an operation: the caller, and the owner of the tokens. */
export interface OwnerScene {
  readonly tokens: TokenService
  readonly caller: Caller
  readonly owner: Owner
  /** What the caller's own principal is made as where it is missing; `null` where it cannot be made. Absent for others. */
  readonly newOwner?: NewPrincipal | null
}

export interface OrganizationScene {
  readonly tokens: TokenService
  /** What is behind tokens that the caller passes on. */
  readonly presented: PresentedTokens
  readonly caller: Caller
}

/** The token that was presented is itself what the request is about. */
export interface TokenScene {
  readonly tokens: TokenService
  readonly record: Readonly<StoredRecord>
  /** The verifier's answer for a reason. */
  readonly denial: (reason: DenyReason) => ApiProblem
}

/** A request on its way to a scene. */
export interface Entering extends Arriving {
  readonly tokens: TokenService
  readonly presented: PresentedTokens
  readonly authenticate: Authenticate
  /** `null` where no route is about the token that is presented. */
  readonly verifier: Verifier<StoredRecord> | null
  /** Writes the challenges: the verifier, or a verifier with default options. */
  readonly challenger: Pick<Verifier<StoredRecord>, 'challenge'>
  readonly params: Readonly<Record<string, string>>
}

/** Decides whether the caller may use a route, before the rest of the request is read. */
export interface Entry<S> {
  /** For tests and documents: every route has exactly one. */
  readonly name: 'own' | 'principal' | 'member' | 'organization' | 'principals' | 'token'
  /** @throws ApiProblem where the way ends */
  readonly enter: (entering: Entering) => Promise<S>
}

/** The caller's own tokens. */
export const own: Entry<OwnerScene> = {
  name: 'own',
  async enter(entering) {
    const caller = await callerOf(entering)
    if (caller.principalId === null) throw forbidden()
    const owner = { organizationId: caller.organizationId, principalId: caller.principalId }
    return { tokens: entering.tokens, caller, owner, newOwner: newOwnerOf(caller, entering) }
  },
}

/**
 * The tokens of the principal that a member of the path names, in the caller's organization: there is no other one. Its
 * own are also there for a caller that manages no others.
 *
 * @param kind which principals the path is about; the others are not there. Default both
 */
export function ofPrincipal(member: string, kind?: Principal['kind']): Entry<OwnerScene> {
  return {
    name: 'principal',
    async enter(entering) {
      const caller = await callerOf(entering)
      const owner = { organizationId: caller.organizationId, principalId: entering.params[member] ?? '' }
      const isOwn = owner.principalId === caller.principalId
      // Before any lookup: a caller that manages no principal learns nothing about their existence.
      if (!isOwn && caller.manages === null) throw forbidden()
      const principal = await entering.tokens.getPrincipal(owner).catch((error) => {
        throw isMissing(error) ? notFound() : error
      })
      if (kind !== undefined && principal.kind !== kind) throw notFound()
      if (!isOwn && caller.manages !== null) requireYes(await caller.manages(principal))
      return { tokens: entering.tokens, caller, owner }
    },
  }
}

/** What every caller of an organization may do there. */
export const member: Entry<OrganizationScene> = {
  name: 'member',
  async enter(entering) {
    const { tokens, presented } = entering
    return { tokens, presented, caller: await callerOf(entering) }
  },
}

/** What belongs to the organization, for those who administer it. */
export const organization: Entry<OrganizationScene> = {
  name: 'organization',
  async enter(entering) {
    const scene = await member.enter(entering)
    if (!scene.caller.administers) throw forbidden()
    return scene
  },
}

/**
 * The principals of the organization, for those who administer it: to read them and to change them. A personal access
 * token may do so through `tokenCallers` alone, with the scope that `principalScopeOf` names.
 */
export const organizationPrincipals: Entry<OrganizationScene> = {
  name: 'principals',
  async enter(entering) {
    const scene = await organization.enter(entering)
    const permission = principalPermission(scene.caller)
    const isPermitted = permission === null ? !presentsToken(entering.request, entering.tokens) : await permission()
    if (isPermitted === false) throw forbidden()
    if (isPermitted !== true) throw challengeProblem(isPermitted.challenge)
    return scene
  },
}

/** The token that is presented, which needs no scope to ask about itself. */
export const presentedToken: Entry<TokenScene> = {
  name: 'token',
  async enter(entering) {
    const { tokens, verifier, challenger: _, ...arriving } = entering
    if (verifier === null) throw notFound()
    const decision: Decision<TokenRecord> = await verifier.verify(arriving, arrivingReader)
    if (!decision.ok) {
      throw challengeProblem(verifier.challenge(decision, arrivingReader.context(arriving).id))
    }
    // A token from elsewhere, such as a JWT, never names a token of the store, even with an equal id.
    if (!('awaitsAdoption' in decision.grant.record)) throw forbidden()
    const denial = (reason: DenyReason) => denialOf(entering, reason)
    return { tokens, record: decision.grant.record as StoredRecord, denial }
  },
}

/** Sessions alone make principals: a token belongs to one that has been there. */
function newOwnerOf(caller: Caller, { request, tokens }: Entering): NewPrincipal | null {
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

async function callerOf(entering: Entering): Promise<Caller> {
  const { request, peer, isTruncated = false } = entering
  const caller = await entering.authenticate({ request, peer, isTruncated })
  if (caller === null) throw denialOf(entering, 'missing_credential')
  if ('challenge' in caller) throw challengeProblem(caller.challenge)
  return caller
}

function denialOf({ challenger, request, peer }: Entering, reason: DenyReason): ApiProblem {
  const denied = {
    ok: false,
    reason,
    tokenId: null,
    requiredScopes: [],
    detail: null,
    retryAfterSeconds: null,
  } as const
  return challengeProblem(challenger.challenge(denied, arrivingReader.context({ request, peer }).id))
}

function requireYes(answer: boolean | Unauthenticated): void {
  if (answer === true) return
  throw answer === false ? notFound() : challengeProblem(answer.challenge)
}

function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'ERR_PAT_PRINCIPAL_NOT_FOUND' || code === 'ERR_PAT_INPUT_INVALID'
}
