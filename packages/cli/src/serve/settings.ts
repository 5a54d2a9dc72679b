import { isScopeName, tokenFormat } from '@patkit/core'
import { inFile } from '../config/rules.ts'
import type { Settings } from '../config/settings.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { usageError } from '../errors.ts'
import { isLoopback } from '../sign-in/loopback.ts'
import { checkedSettings, type OpenIdConnectOptions } from '../sign-in/open-id-connect.ts'
import type { IdentityHeader } from '../site/callers.ts'
import type { World } from '../world.ts'
import { type Reader, sectionReader } from './section.ts'

/** The options of `patkit serve` on the command line. */
export interface ServeArguments {
  readonly host?: string
  readonly port?: string
  readonly publicUrl?: string
  readonly linkFile?: string
}

export interface FailureSettings {
  readonly failures: number
  readonly seconds: number
  readonly ipv6PrefixBits: number
}

/** The settings of the server, checked. */
export interface ServeSettings {
  readonly host: string
  readonly port: number
  /** `null`: the address on loopback, with the port in use. */
  readonly publicUrl: string | null
  readonly linkFile: string
  readonly administrators: readonly string[]
  /** The principal that the first link makes an administrator. */
  readonly firstAdministrator: string
  readonly openIdConnect: OpenIdConnectOptions | null
  readonly identityHeader: IdentityHeader | null
  readonly idleSeconds: number
  readonly absoluteSeconds: number
  readonly audit: 'background' | 'required'
  readonly cacheTtlSeconds: number
  readonly stopSeconds: number
  /** How many wrong tokens and sign-in codes an address may send; `null` for any number. */
  readonly failureLimit: FailureSettings | null
  /** Headers in which proxies name the request that they ask about; `null` for those of the request itself. */
  readonly original: { readonly method: string; readonly uri: string } | null
  /** Paths whose required scopes are fixed, for proxies that send the client's query along. */
  readonly forwardAuth: Readonly<Record<string, readonly string[]>>
}

const MEMBERS = [
  'host',
  'port',
  'publicUrl',
  'linkFile',
  'administrators',
  'firstAdministrator',
  'openIdConnect',
  'identityHeader',
  'newPrincipals',
  'ceiling',
  'idleSeconds',
  'absoluteSeconds',
  'audit',
  'cacheTtlSeconds',
  'stopSeconds',
  'failureLimit',
  'original',
  'forwardAuth',
] as const
const OPENID_MEMBERS = ['issuer', 'clientId', 'scope', 'principalClaim', 'rpInitiatedLogout', 'label'] as const

const FAILURE_MEMBERS = ['failures', 'seconds', 'ipv6PrefixBits'] as const

const DEFAULT_PORT = 4_000
const LAST_PORT = 65_535
const LONGEST_SECONDS = 31_536_000
const DAY_SECONDS = 86_400
const DEFAULT_DATABASE = 'sqlite:patkit.db'
const DEFAULT_PREFIX = 'pat'

/** A database file in the working folder and tokens that begin with `pat_`, where nothing else is set. */
export function withDefaults(settings: Settings, world: World): Settings {
  const { database, format } = settings
  return {
    ...settings,
    database: database ?? parseDatabaseUrl(DEFAULT_DATABASE, '--db', world),
    format: format ?? tokenFormat({ prefix: DEFAULT_PREFIX }),
  }
}

/** @throws CliError naming the option, the variable or the member that is wrong */
export function readServeSettings(
  given: ServeArguments,
  { configName, serve, rules }: Settings,
  { env }: World,
): ServeSettings {
  const read = sectionReader(`${configName ?? 'patkit.json'}: serve`, serve, MEMBERS, env)
  const host = read.text('host', given.host, 'PATKIT_HOST') ?? 'localhost'
  const publicUrl = read.text('publicUrl', given.publicUrl, 'PATKIT_PUBLIC_URL') ?? null
  requirePublicUrl(publicUrl, host)
  const newPrincipals = read.choice('newPrincipals', [true, false]) ?? true
  const ceiling = read.list('ceiling') ?? null
  requireCeiling(ceiling)
  return {
    ...{ host, publicUrl, port: portOf(read.text('port', given.port, 'PATKIT_PORT')) },
    linkFile: read.text('linkFile', given.linkFile, 'PATKIT_LINK_FILE') ?? 'patkit-first-link.txt',
    administrators: read.list('administrators', 'PATKIT_ADMINISTRATORS') ?? [],
    firstAdministrator: read.text('firstAdministrator') ?? 'admin',
    openIdConnect: openIdConnect(read, env, { newPrincipals, ceiling }),
    identityHeader: identityHeader(read, rules.trustedProxies, newPrincipals ? { kind: 'user', ceiling } : null),
    idleSeconds: read.wholeNumber('idleSeconds', 60, LONGEST_SECONDS) ?? 3_600,
    absoluteSeconds: read.wholeNumber('absoluteSeconds', 60, LONGEST_SECONDS) ?? 43_200,
    audit: read.choice('audit', ['background', 'required']) ?? 'background',
    cacheTtlSeconds: read.wholeNumber('cacheTtlSeconds', 0, 3_600) ?? 60,
    stopSeconds: read.wholeNumber('stopSeconds', 0, 3_600) ?? 10,
    failureLimit: failureLimit(read),
    original: originalHeaders(read),
    forwardAuth: read.lists('forwardAuth') ?? {},
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  if (/^\d{1,5}$/.test(text) && Number(text) <= LAST_PORT) return Number(text)
  throw usageError('--port', `must be a number from 0 to ${LAST_PORT}`)
}

/** Behind a proxy or on a network, the address that browsers use is another one than that of the socket. */
function requirePublicUrl(publicUrl: string | null, host: string): void {
  if (publicUrl === null) {
    const name = host.includes(':') ? `[${host}]` : host
    if (isLoopback(name)) return
    throw usageError('--public-url', 'is needed where --host is not loopback: the address that browsers use')
  }
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null
  if (url !== null && /^https?:$/.test(url.protocol) && [url.origin, `${url.origin}/`].includes(publicUrl)) return
  throw usageError('--public-url', 'must be an origin without a path, such as https://pat.example.com')
}

function requireCeiling(ceiling: readonly string[] | null): void {
  const wrong = ceiling?.find((scope) => !isScopeName(scope))
  if (wrong !== undefined) throw usageError('serve.ceiling', 'must be a list of scope names')
}

function openIdConnect(
  read: Reader,
  env: World['env'],
  people: Pick<OpenIdConnectOptions, 'newPrincipals' | 'ceiling'>,
): OpenIdConnectOptions | null {
  const section = read.section('openIdConnect', OPENID_MEMBERS)
  const issuer = section.text('issuer', undefined, 'PATKIT_OIDC_ISSUER')
  const clientId = section.text('clientId', undefined, 'PATKIT_OIDC_CLIENT_ID')
  const clientSecret = env.PATKIT_OIDC_CLIENT_SECRET
  const [scope, principalClaim, label] = [section.text('scope'), section.text('principalClaim'), section.text('label')]
  const rpInitiatedLogout = section.choice('rpInitiatedLogout', [true, false])
  if (issuer === undefined && clientId === undefined && !section.isGiven) return null
  if (issuer === undefined) throw usageError(section.name('issuer'), 'is needed, or PATKIT_OIDC_ISSUER')
  if (clientId === undefined) throw usageError(section.name('clientId'), 'is needed, or PATKIT_OIDC_CLIENT_ID')
  const options = {
    ...{ issuer, clientId, ...people },
    ...(clientSecret !== undefined && clientSecret !== '' && { clientSecret }),
    ...(scope !== undefined && { scope }),
    ...(principalClaim !== undefined && { principalClaim }),
    ...(rpInitiatedLogout !== undefined && { rpInitiatedLogout }),
    ...(label !== undefined && { label }),
  }
  inFile(read.name('openIdConnect'), () => checkedSettings(options))
  return options
}

function identityHeader(
  read: Reader,
  trustedProxies: readonly string[],
  newPrincipal: IdentityHeader['newPrincipal'],
): IdentityHeader | null {
  const name = read.text('identityHeader', undefined, 'PATKIT_IDENTITY_HEADER')
  if (name === undefined) return null
  const where = read.name('identityHeader')
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw usageError(where, 'must be the name of a header')
  if (/^(?:authorization|cookie|host|origin)$/i.test(name))
    throw usageError(where, 'must be a header of the proxy alone')
  if (trustedProxies.length > 0) return { name, trustedProxies, newPrincipal }
  throw usageError(where, 'needs trustedProxies: the addresses of the proxies that may send it')
}

/** 60 in a minute unless set otherwise; 0 for any number. */
function failureLimit(read: Reader): FailureSettings | null {
  const section = read.section('failureLimit', FAILURE_MEMBERS)
  const text = section.text('failures', undefined, 'PATKIT_FAILURE_LIMIT') ?? '60'
  if (!/^\d{1,7}$/.test(text)) throw usageError(section.name('failures'), 'must be a whole number from 0 to 9999999')
  const seconds = section.wholeNumber('seconds', 1, DAY_SECONDS) ?? 60
  const ipv6PrefixBits = section.wholeNumber('ipv6PrefixBits', 1, 128) ?? 64
  return Number(text) === 0 ? null : { failures: Number(text), seconds, ipv6PrefixBits }
}

function originalHeaders(read: Reader): ServeSettings['original'] {
  const section = read.section('original', ['method', 'uri'])
  const [method, uri] = [section.text('method'), section.text('uri')]
  if (!section.isGiven) return null
  if (method !== undefined && uri !== undefined) return { method, uri }
  throw usageError(read.name('original'), 'must name two headers, method and uri')
}
