import { wrongOption } from '@patkit/core/adapter'
import type { Owner, TokenService } from '@patkit/tokens'
import { isId } from '@patkit/tokens/store'
import type * as client from 'openid-client'
import { createCookie } from './cookie.ts'
import { isLoopback } from './loopback.ts'
import { isReturnPath } from './origins.ts'
import { findPrincipal } from './sessions.ts'

/** An OpenID provider, and this program as its client. */
export interface OpenIdConnectOptions {
  /** The issuer identifier: an HTTPS URL. HTTP is accepted on loopback. */
  readonly issuer: string
  readonly clientId: string
  /** Without one, the client is public. */
  readonly clientSecret?: string
  /** Default `openid`. */
  readonly scope?: string
  /** The claim of the ID token that is the id of the principal. Default `sub`, the one that providers never reassign. */
  readonly principalClaim?: string
  /** Whether an unknown person becomes a principal. Default `true`; `false` refuses the sign-in. */
  readonly newPrincipals?: boolean
  /** The ceiling of such a principal; `null` for none. Default `null`. */
  readonly ceiling?: readonly string[] | null
  /**
   * Whether a sign-out also ends the person's session at the provider (OpenID Connect RP-Initiated Logout 1.0). Default
   * `false`: the provider must know `<publicUrl>/sign-in` as a post-logout redirect URI, and may sign the person out of
   * other applications.
   */
  readonly rpInitiatedLogout?: boolean
  /** The text of the button. Default `Sign in with <host of the issuer>`. */
  readonly label?: string
}

/** Why a sign-in was refused. The text is for people. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
}

export interface OpenIdConnect {
  readonly label: string
  /** Where the browser goes, and the value of `Set-Cookie` that binds the answer to it. */
  begin(to: string | null): Promise<{ readonly location: string; readonly cookie: string }>
  /**
   * The person whom the provider has signed in.
   *
   * @throws SignInRefused
   */
  finish(request: Request): Promise<{ readonly owner: Owner; readonly to: string | null; readonly cookie: string }>
  /**
   * Where a browser ends the person's session at the provider; `null` where `rpInitiatedLogout` is off.
   *
   * @throws Error for a provider without an `end_session_endpoint`
   */
  endSessionUrl(principalId: string): Promise<string | null>
}

interface Surroundings {
  readonly tokens: TokenService
  readonly organizationId: string
  readonly publicUrl: string
  readonly clock: () => number
}

/** What a browser brings back from the provider. */
interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly to: string | null
  readonly endsAt: number
}

type Settings = Required<Omit<OpenIdConnectOptions, 'clientSecret'>> & Pick<OpenIdConnectOptions, 'clientSecret'>

export const CALLBACK_PATH = '/sign-in/oidc/callback'
const SIGNED_OUT_PATH = '/sign-in'
const ATTEMPT_SECONDS = 600
const TIMEOUT_SECONDS = 10
const ACTOR = { id: 'patkit serve', scopes: null }

/**
 * Sign-in by the authorization code flow (OpenID Connect Core 1.0 §3.1) with PKCE (RFC 7636), `state` and `nonce`. Reads
 * the provider's configuration at the first sign-in.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createOpenIdConnect(options: OpenIdConnectOptions, around: Surroundings): OpenIdConnect {
  const settings = checkedSettings(options)
  const { publicUrl, clock } = around
  const cookie = createCookie('patkit_oidc', publicUrl.startsWith('https:'))
  const configuration = rememberSuccess(() => configure(settings))
  const redirectUri = new URL(CALLBACK_PATH, publicUrl).href

  return {
    label: settings.label,
    async begin(to) {
      const [oidc, config] = [await import('openid-client'), await configuration()]
      const attempt: Attempt = {
        ...{ state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() },
        to: isReturnPath(to) ? to : null,
        endsAt: clock() + ATTEMPT_SECONDS * 1_000,
      }
      const location = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scope,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      })
      const value = Buffer.from(JSON.stringify(attempt)).toString('base64url')
      return { location: location.href, cookie: cookie.write(value, ATTEMPT_SECONDS) }
    },
    async finish(request) {
      const attempt = readAttempt(cookie.read(request), clock())
      if (attempt === null) throw new SignInRefused('The sign-in took too long, or was begun in another browser.')
      const answer = new URL(redirectUri)
      answer.search = new URL(request.url).search
      const claims = await claimsOf(await configuration(), answer, attempt)
      return { owner: await ownerOf(claims, settings, around), to: attempt.to, cookie: cookie.remove() }
    },
    async endSessionUrl(principalId) {
      if (!settings.rpInitiatedLogout) return null
      const [oidc, config] = [await import('openid-client'), await configuration()]
      if (acceptedUrl(config.serverMetadata().end_session_endpoint) === null) {
        throw new Error('the OpenID provider has no end_session_endpoint, which openIdConnect.rpInitiatedLogout needs')
      }
      // The hint replaces `id_token_hint`: ID tokens are not stored.
      return oidc.buildEndSessionUrl(config, {
        post_logout_redirect_uri: new URL(SIGNED_OUT_PATH, publicUrl).href,
        logout_hint: principalId,
      }).href
    },
  }
}

async function configure({ issuer, clientId, clientSecret }: Settings): Promise<client.Configuration> {
  const oidc = await import('openid-client')
  const server = new URL(issuer)
  const execute = server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  const found = await oidc.discovery(server, clientId, undefined, oidc.None(), { execute, timeout: TIMEOUT_SECONDS })
  const metadata = found.serverMetadata()
  // OpenID Connect Discovery 1.0 §3: the default is `client_secret_basic`.
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata
  const basic = methods.includes('client_secret_basic') ? oidc.ClientSecretBasic : oidc.ClientSecretPost
  const authentication = clientSecret === undefined ? oidc.None() : basic(clientSecret)
  const config = new oidc.Configuration(metadata, clientId, undefined, authentication)
  config.timeout = TIMEOUT_SECONDS
  for (const extend of [...execute, oidc.enableNonRepudiationChecks]) extend(config)
  return config
}

async function claimsOf(config: client.Configuration, answer: URL, attempt: Attempt): Promise<client.IDToken> {
  const oidc = await import('openid-client')
  try {
    const granted = await oidc.authorizationCodeGrant(config, answer, {
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      pkceCodeVerifier: attempt.verifier,
      idTokenExpected: true,
    })
    return granted.claims() as client.IDToken
  } catch (cause) {
    if (isOutage(cause)) throw cause
    throw new SignInRefused('The provider refused the sign-in, or its answer is not valid.', { cause })
  }
}

/** The provider cannot be reached or does not work; everything else is a refusal. */
function isOutage(cause: unknown): boolean {
  const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown }
  const status = answeredStatus(cause)
  if (status !== null) return status >= 500 || status === 429
  if (name === 'TimeoutError' || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_PARSE_ERROR') return true
  return cause instanceof TypeError && code === undefined
}

/** The status of an answer that refuses or fails, also without a body of OAuth; `null` for other faults. */
function answeredStatus(fault: unknown): number | null {
  const { status, cause } = fault as { readonly status?: unknown; readonly cause?: unknown }
  if (typeof status === 'number') return status
  return cause instanceof Response && !cause.ok ? cause.status : null
}

async function ownerOf(claims: client.IDToken, settings: Settings, around: Surroundings): Promise<Owner> {
  const { principalClaim, newPrincipals, ceiling } = settings
  const { tokens, organizationId } = around
  const principalId = claims[principalClaim]
  if (typeof principalId !== 'string' || !isId(principalId)) {
    throw new SignInRefused('The provider sends no usable id for this person.')
  }
  // OpenID Connect Core 1.0 §5.1: an address that is not verified may be another person's.
  if (principalClaim === 'email' && claims.email_verified !== true) {
    throw new SignInRefused('The provider has not verified the e-mail address.')
  }
  const owner = { organizationId, principalId }
  const principal = newPrincipals
    ? await tokens.ensurePrincipal(ACTOR, owner, { kind: 'user', ceiling })
    : await findPrincipal(tokens, owner)
  if (principal === null) throw new SignInRefused('This person has no account here.')
  if (principal.kind !== 'user' || principal.disabledAt !== null) throw new SignInRefused('This account is disabled.')
  return owner
}

function readAttempt(value: string | null, now: number): Attempt | null {
  if (value === null) return null
  try {
    const attempt: Attempt = JSON.parse(Buffer.from(value, 'base64url').toString())
    const { state, nonce, verifier, endsAt } = attempt
    const isWhole = [state, nonce, verifier].every((text) => typeof text === 'string' && text !== '')
    return isWhole && endsAt > now ? attempt : null
  } catch {
    return null
  }
}

/** One call at a time; its success is kept, its failure is not. */
function rememberSuccess<T>(work: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null
  return () => {
    kept ??= work().catch((error) => {
      kept = null
      throw error
    })
    return kept
  }
}

/** @throws TypeError naming the option that is wrong */
export function checkedSettings(options: OpenIdConnectOptions): Settings {
  const { issuer, clientId, clientSecret, scope = 'openid', principalClaim = 'sub', ...rest } = options
  const { newPrincipals = true, ceiling = null, rpInitiatedLogout = false, ...others } = rest
  const { label = `Sign in with ${hostOf(issuer)}`, ...unknown } = others
  const [stray] = Object.keys(unknown)
  if (stray !== undefined) throw wrongOption(`openIdConnect.${stray}`, 'is not an option')
  for (const [name, value] of Object.entries({ clientId, scope, principalClaim, label })) {
    if (typeof value !== 'string' || value === '') throw wrongOption(`openIdConnect.${name}`, 'must be a text')
  }
  if (!scope.split(' ').includes('openid')) throw wrongOption('openIdConnect.scope', 'must contain "openid"')
  for (const [name, value] of Object.entries({ newPrincipals, rpInitiatedLogout })) {
    if (typeof value !== 'boolean') throw wrongOption(`openIdConnect.${name}`, 'must be true or false')
  }
  if (ceiling !== null && !Array.isArray(ceiling)) throw wrongOption('openIdConnect.ceiling', 'must be scopes or null')
  const secret = clientSecret === undefined ? {} : { clientSecret }
  return { issuer, clientId, ...secret, scope, principalClaim, newPrincipals, ceiling, rpInitiatedLogout, label }
}

/** @throws TypeError for anything but HTTPS, or HTTP on loopback */
function hostOf(issuer: unknown): string {
  const url = acceptedUrl(issuer)
  if (url === null) throw wrongOption('openIdConnect.issuer', 'must be an HTTPS URL')
  return url.host
}

/** `null` for anything but HTTPS, or HTTP on loopback. */
function acceptedUrl(value: unknown): URL | null {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  const isAccepted = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  return isAccepted ? url : null
}
