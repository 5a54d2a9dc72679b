import type { RegisteredRecord, TokenRecord } from '@patkit/core'
import { refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import type { JwtAlgorithm } from './algorithms.ts'
import type { JwtClaims } from './claims.ts'
import type { JwtKey } from './issuer-key.ts'
import type { IssuerRules, JwtIssuer, LiveLookup, Mapping } from './options.ts'

/** What every preset takes beside its own options. Other options of an issuer are set by the preset. */
export type PresetOptions<R extends TokenRecord = RegisteredRecord> = Mapping<R> &
  LiveLookup<R> &
  Pick<IssuerRules, 'allowHttpJwks'> & {
    /** Default `['RS256']`. */
    readonly algorithms?: readonly JwtAlgorithm[]
    /** Where the keys are, if not where the provider publishes them; or `key`. */
    readonly jwks?: string
    /** A public key in place of a key set. */
    readonly key?: JwtKey
  }

interface IssuerAndAudience {
  /** The `iss` of its tokens, exactly. */
  readonly issuer: string
  /** What `aud` must be or hold; of a list, any. */
  readonly audience: string | readonly string[]
}

type Options<O, R extends TokenRecord> = O & PresetOptions<R>
type Preset = Omit<IssuerRules, 'algorithms'> & { readonly jwks: string }

/**
 * Access tokens of an Okta custom authorization server. Gives up `typ`, which Okta does not write: `cid` and `scp` tell
 * access tokens from ID tokens. Where `sub` is the client itself, the token is a service principal's.
 *
 * @example
 * ```ts
 * import { jwtFormat, okta } from '@patkit/jwt'
 *
 * const format = jwtFormat({ issuers: [okta({ issuer: 'https://acme.okta.com/oauth2/default', audience: 'api://acme' })] })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function okta<R extends TokenRecord = RegisteredRecord>(options: Options<IssuerAndAudience, R>): JwtIssuer<R> {
  const { issuer, audience, ...rest } = options
  return preset('okta', rest as PresetOptions<R>, {
    issuer: required('okta', 'issuer', issuer),
    audience,
    jwks: `${issuer}/v1/keys`,
    typ: [null, 'at+jwt'],
    scopeClaims: ['scp'],
    isAccessToken: ({ cid, scp }) => typeof cid === 'string' && scp !== undefined,
  })
}

export interface CognitoOptions {
  /** Of AWS, such as `eu-central-1`. */
  readonly region: string
  readonly userPoolId: string
  /** The app clients whose tokens are accepted: Cognito writes no `aud`. */
  readonly clientIds: string | readonly string[]
}

/**
 * Access tokens of an Amazon Cognito user pool. Gives up `typ` and `aud`, which Cognito does not write: `client_id` is
 * compared with `clientIds`, and `token_use` tells access tokens from ID tokens.
 *
 * @example
 * ```ts
 * import { cognito, jwtFormat } from '@patkit/jwt'
 *
 * const format = jwtFormat({ issuers: [cognito({ region: 'eu-central-1', userPoolId: 'eu-central-1_Ab1', clientIds: 'app-1' })] })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function cognito<R extends TokenRecord = RegisteredRecord>(options: Options<CognitoOptions, R>): JwtIssuer<R> {
  const { region, userPoolId, clientIds, ...rest } = options
  const host = `cognito-idp.${required('cognito', 'region', region)}.amazonaws.com`
  const issuer = `https://${host}/${required('cognito', 'userPoolId', userPoolId)}`
  return preset('cognito', rest as PresetOptions<R>, {
    issuer,
    audience: required('cognito', 'clientIds', clientIds),
    audienceClaim: 'client_id',
    jwks: `${issuer}/.well-known/jwks.json`,
    typ: null,
    scopeClaims: ['scope'],
    isAccessToken: ({ token_use }) => token_use === 'access',
  })
}

export interface KeycloakOptions extends IssuerAndAudience {
  /** `azp` compares `audience` with the client that asked, for realms without an audience mapper. Default `aud`. */
  readonly audienceClaim?: 'aud' | 'azp'
}

/**
 * Access tokens of a Keycloak realm. Gives up `typ: at+jwt`, since Keycloak writes `JWT` for every kind: its own claim
 * `typ` tells access tokens from ID tokens. Service accounts are service principals, named by `sub` or, where Keycloak 25
 * or later leaves that out, by `azp`.
 *
 * @example
 * ```ts
 * import { jwtFormat, keycloak } from '@patkit/jwt'
 *
 * const format = jwtFormat({ issuers: [keycloak({ issuer: 'https://login.example.com/realms/acme', audience: 'acme-api' })] })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function keycloak<R extends TokenRecord = RegisteredRecord>(options: Options<KeycloakOptions, R>): JwtIssuer<R> {
  const { issuer, audience, audienceClaim = 'aud', ...rest } = options
  if (!['aud', 'azp'].includes(audienceClaim)) throw wrongOption('keycloak.audienceClaim', "must be 'aud' or 'azp'")
  return preset('keycloak', rest as PresetOptions<R>, {
    issuer: required('keycloak', 'issuer', issuer),
    audience,
    audienceClaim,
    jwks: `${issuer}/protocol/openid-connect/certs`,
    typ: ['JWT', 'at+jwt'],
    subjectClaims: ['sub', 'azp'],
    isAccessToken: ({ typ }) => typ === 'Bearer',
    // These two are mappers of the scope that service accounts alone have.
    isClient: ({ client_id, clientId }) => (client_id ?? clientId) !== undefined,
  })
}

export interface EntraOptions {
  /** The tenants whose tokens are accepted, as UUIDs. */
  readonly tenants?: readonly string[]
  /** Accepts tokens of every tenant there is, in place of `tenants`. `resolve` can still refuse some. */
  readonly anyTenant?: boolean
  /** The application id of the API (version 2), or its URI such as `api://…` (version 1); of a list, any. */
  readonly audience: string | readonly string[]
  /** Of the tokens: `requestedAccessTokenVersion` in the manifest of the API. Default 2. */
  readonly version?: 1 | 2
}

const ENTRA = {
  1: {
    issuer: 'https://sts.windows.net/{tid}/',
    jwks: 'https://login.microsoftonline.com/common/discovery/keys',
    ver: '1.0',
    client: 'appid',
  },
  2: {
    issuer: 'https://login.microsoftonline.com/{tid}/v2.0',
    jwks: 'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    ver: '2.0',
    client: 'azp',
  },
} as const

/**
 * Access tokens of Microsoft Entra ID for an API of your own. Gives up `typ: at+jwt`, since Entra writes `JWT` for every
 * kind: `azp` (version 1: `appid`) together with `scp` or `roles` tells access tokens from ID tokens. Scopes are `scp`;
 * in app-only tokens, which belong to a service principal, `roles`. The organization is the tenant.
 *
 * @example
 * ```ts
 * import { entra, jwtFormat } from '@patkit/jwt'
 *
 * const format = jwtFormat({ issuers: [entra({ tenants: ['11111111-2222-3333-4444-555555555555'], audience: 'api://acme' })] })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function entra<R extends TokenRecord = RegisteredRecord>(options: Options<EntraOptions, R>): JwtIssuer<R> {
  const { tenants, anyTenant, audience, version = 2, ...rest } = options
  if (!Object.hasOwn(ENTRA, version)) throw wrongOption('entra.version', 'must be 1 or 2')
  if ((tenants !== undefined) === (anyTenant === true)) {
    throw wrongOption('entra.tenants', 'or anyTenant must be given, and not both')
  }
  const { issuer, jwks, ver, client } = ENTRA[version]
  return preset('entra', rest as PresetOptions<R>, {
    issuer,
    ...(tenants === undefined ? { anyTenant: true } : { tenants }),
    audience,
    jwks,
    typ: ['JWT', 'at+jwt'],
    scopeClaims: ['scp', 'roles'],
    isAccessToken: (claims) =>
      claims.ver === ver && typeof claims[client] === 'string' && (claims.scp ?? claims.roles) !== undefined,
    isClient: ({ scp, idtyp }) => scp === undefined || idtyp === 'app',
    organizationClaim: 'tid',
  })
}

/**
 * Access tokens of Duende IdentityServer and IdentityServer4, which write `scope` as a list. Client credentials have no
 * `sub`: those tokens are service principals', named by `client_id`.
 *
 * @example
 * ```ts
 * import { identityServer, jwtFormat } from '@patkit/jwt'
 *
 * const format = jwtFormat({ issuers: [identityServer({ issuer: 'https://login.example.com', audience: 'acme-api' })] })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function identityServer<R extends TokenRecord = RegisteredRecord>(
  options: Options<IssuerAndAudience, R>,
): JwtIssuer<R> {
  const { issuer, audience, ...rest } = options
  return preset('identityServer', rest as PresetOptions<R>, {
    issuer: required('identityServer', 'issuer', issuer),
    audience,
    jwks: `${issuer}/.well-known/openid-configuration/jwks`,
    typ: 'at+jwt',
    subjectClaims: ['sub', 'client_id'],
    scopeClaims: ['scope'],
    isAccessToken: ({ client_id }) => typeof client_id === 'string',
  })
}

export interface Auth0Options {
  /** The tenant's or your own domain, such as `acme.eu.auth0.com`. */
  readonly domain: string
  /** The identifier of the API. */
  readonly audience: string | readonly string[]
  /** Where the scopes are: `permissions` needs "Add Permissions in the Access Token". Default `scope`. */
  readonly scopeClaim?: 'scope' | 'permissions'
}

/** Claims that OpenID Connect Core §2 and §3.3.2.11 have for ID tokens alone. */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash']

/**
 * Access tokens of Auth0, in its own profile (`typ` is `JWT`) and in that of RFC 9068 (`at+jwt`). Gives up `typ: at+jwt`
 * for the former: `azp` together with `scope`, `permissions` or `gty` tells access tokens from ID tokens. Tokens of
 * machines are service principals'.
 *
 * @example
 * ```ts
 * import { auth0, jwtFormat } from '@patkit/jwt'
 *
 * const format = jwtFormat({ issuers: [auth0({ domain: 'acme.eu.auth0.com', audience: 'https://api.example.com' })] })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function auth0<R extends TokenRecord = RegisteredRecord>(options: Options<Auth0Options, R>): JwtIssuer<R> {
  const { domain, audience, scopeClaim = 'scope', ...rest } = options
  if (!['scope', 'permissions'].includes(scopeClaim)) {
    throw wrongOption('auth0.scopeClaim', "must be 'scope' or 'permissions'")
  }
  const host = required('auth0', 'domain', domain)
  return preset('auth0', rest as PresetOptions<R>, {
    issuer: `https://${host}/`,
    audience,
    jwks: `https://${host}/.well-known/jwks.json`,
    typ: ['JWT', 'at+jwt'],
    scopeClaims: [scopeClaim],
    isAccessToken: isAuth0AccessToken,
    isClient: ({ sub, gty }) => gty === 'client-credentials' || sub.endsWith('@clients'),
  })
}

function isAuth0AccessToken(claims: JwtClaims): boolean {
  const { azp, client_id, scope, permissions, gty } = claims
  const hasClient = typeof (azp ?? client_id) === 'string'
  const hasRights = [scope, permissions, gty].some((claim) => claim !== undefined)
  return hasClient && hasRights && !ID_TOKEN_CLAIMS.some((claim) => claims[claim] !== undefined)
}

function preset<R extends TokenRecord>(name: string, options: PresetOptions<R>, rules: Preset): JwtIssuer<R> {
  const { algorithms = ['RS256'], jwks = rules.jwks, key, allowHttpJwks, record, resolve, ...unknown } = options
  refuseUnknownOptions(unknown, `${name}.`)
  if (key !== undefined && options.jwks !== undefined) throw wrongOption(`${name}.jwks`, 'and key cannot be combined')
  const { jwks: _, ...profile } = rules
  return Object.freeze({
    ...profile,
    algorithms,
    ...(key === undefined ? { jwks } : { key }),
    ...(allowHttpJwks !== undefined && { allowHttpJwks }),
    ...(record !== undefined && { record }),
    ...(resolve !== undefined && { resolve }),
  }) as unknown as JwtIssuer<R>
}

function required<T extends string | readonly string[]>(preset: string, name: string, value: T): T {
  if (value === undefined || value === null || value.length === 0) throw wrongOption(`${preset}.${name}`, 'is required')
  return value
}
