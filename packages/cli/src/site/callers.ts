import { type Authenticate, type Caller, hasBearerToken, type IncomingRequest, tokenCallers } from '@patkit/api'
import { effectiveScopes, explainClientAddress, type Verifier } from '@patkit/core'
import type { ScopeOptions } from '@patkit/core/adapter'
import type { SignInStore } from '@patkit/sql'
import type { NewPrincipal, Owner, Principal, StoredRecord, TokenService } from '@patkit/tokens'
import { isId } from '@patkit/tokens/store'
import type { SignIn } from '../sign-in/create-sign-in.ts'
import { requireOwnOrigin } from '../sign-in/origins.ts'
import { findPrincipal } from '../sign-in/sessions.ts'

/** A header in which a proxy names the person that it has signed in. */
export interface IdentityHeader {
  readonly name: string
  /** The proxies that may send it; it is ignored from all other peers. */
  readonly trustedProxies: readonly string[]
  /** Kind and ceiling of an unknown person's principal; `null` where unknown persons are refused. */
  readonly newPrincipal: NewPrincipal | null
}

export interface CallerSettings {
  readonly tokens: TokenService
  readonly signIns: SignInStore
  readonly signIn: SignIn
  readonly verifier: Verifier<StoredRecord>
  readonly organizationId: string
  /** Ids of principals that are administrators beside those in the database. */
  readonly administrators: readonly string[]
  readonly identityHeader: IdentityHeader | null
  readonly scopeOptions: ScopeOptions
  /** Where tokens are introspected: `/api/introspect`. */
  readonly introspectionPath: string
}

/** The scopes by which tokens may use the management API. */
export const MANAGE_SCOPES = {
  tokens: 'patkit:tokens',
  principals: 'patkit:principals',
  introspect: 'patkit:introspect',
} as const

const SAFE = ['GET', 'HEAD', 'OPTIONS']
const ACTOR = { id: 'patkit serve', scopes: null }

/**
 * Callers of the management API: by a token, by the identity header of a trusted proxy, or by a session, in this order.
 */
export function siteCallers(settings: CallerSettings): Authenticate {
  const { signIn, introspectionPath } = settings
  const manager = managingTokens(settings)
  const introspector = introspectingTokens(settings)
  return async (arriving) => {
    const { request } = arriving
    if (hasBearerToken(request)) {
      return (new URL(request.url).pathname === introspectionPath ? introspector : manager)(arriving)
    }
    const identity = identityOf(arriving, settings.identityHeader)
    if (identity !== null) {
      // A browser adds the proxy's credentials by itself, as it adds cookies.
      if (!SAFE.includes(request.method)) requireOwnOrigin(request, signIn.origins)
      return namedPerson(identity, settings)
    }
    const signedIn = await signIn.session(request)
    return signedIn === null ? null : person(signedIn.principal, settings)
  }
}

async function isAdministrator(owner: Owner, { administrators, organizationId, signIns }: CallerSettings) {
  const isNamed = owner.organizationId === organizationId && administrators.includes(owner.principalId)
  return isNamed || (await signIns.isAdministrator(owner))
}

async function person(principal: Principal, settings: CallerSettings): Promise<Caller> {
  const { organizationId, principalId } = principal
  const administers = await isAdministrator({ organizationId, principalId }, settings)
  return {
    ...{ id: principalId, organizationId, principalId, scopes: null, administers },
    manages: administers ? () => true : null,
  }
}

async function namedPerson(principalId: string, settings: CallerSettings): Promise<Caller | null> {
  const { tokens, organizationId, identityHeader } = settings
  const owner = { organizationId, principalId }
  const newPrincipal = identityHeader?.newPrincipal ?? null
  const principal =
    newPrincipal === null
      ? await findPrincipal(tokens, owner)
      : await tokens.ensurePrincipal(ACTOR, owner, newPrincipal)
  const isUsable = principal !== null && principal.kind === 'user' && principal.disabledAt === null
  return isUsable ? person(principal, settings) : null
}

/** A value with a comma may be two header lines, of which a client has sent one. */
function identityOf({ request, peer, isTruncated }: IncomingRequest, header: IdentityHeader | null): string | null {
  const value = header === null ? null : request.headers.get(header.name)
  if (header === null || value === null || value === '' || isTruncated === true) return null
  const { trustedProxies } = header
  const [hop] = explainClientAddress({}, peer, { trustedProxies }).hops
  if (hop?.trusted !== true) return null
  return value.includes(',') || !isId(value) ? null : value
}

function managingTokens(settings: CallerSettings): Authenticate {
  const { verifier, scopeOptions } = settings
  return tokenCallers({
    verifier,
    scopeOf: () => MANAGE_SCOPES.tokens,
    principalScopeOf: () => MANAGE_SCOPES.principals,
    async callerOf(record) {
      const { organizationId, principalId } = record
      const administers = await isAdministrator({ organizationId, principalId }, settings)
      return {
        ...{ id: principalId, organizationId, principalId, administers },
        scopes: effectiveScopes(record, scopeOptions),
        manages: administers ? () => true : null,
      }
    },
  })
}

/** Introspection is for service principals and administrators: any user can give its own tokens any scope. */
function introspectingTokens(settings: CallerSettings): Authenticate {
  return tokenCallers({
    verifier: settings.verifier,
    scopeOf: () => MANAGE_SCOPES.introspect,
    async callerOf({ organizationId, principalId }) {
      const owner = { organizationId, principalId }
      const principal = await findPrincipal(settings.tokens, owner)
      const isService = principal?.kind === 'service'
      if (!isService && !(await isAdministrator(owner, settings))) return null
      return { ...owner, id: principalId, scopes: [], manages: null, administers: true }
    },
  })
}
