import { effectiveScopes, isScopeName, type TokenRecord, type Verifier } from '@patkit/core'
import type { Challenge, Decision, RequestReader, ScopeOptions } from '@patkit/core/adapter'
import { refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import { fetchRequestReader, type IncomingRequest } from './caller.ts'
import type { ApiContext, FetchHandler } from './fetch-handler.ts'
import { boundedParameters, fieldName } from './input-bounds.ts'
import { ApiProblem, invalid } from './problem.ts'
import { isPlainPath } from './request-target.ts'
import { problemDetails } from './shape.ts'

/** How requests of a proxy are answered. `wildcards` and `implies` are those of the verifier. */
export interface ForwardAuthOptions<R extends TokenRecord> extends ScopeOptions {
  readonly verifier: Verifier<R>
  /** Where the proxy asks: here, and at everything below. Default `/authorize`. */
  readonly path?: string
  /**
   * What a token must hold. Left out, the query of the proxy's request says so, once or more: `?scope=drive:read`. Given,
   * be it empty, the query is not read: it is the client's own where a proxy sends its path along, as Envoy does.
   */
  readonly scopes?: readonly string[]
  /**
   * Headers in which the proxy names the request it asks about, for the audit: the proxy must set them on every request,
   * since clients can send them, too. Default: the method of the proxy's request, and its path below `path`.
   */
  readonly original?: { readonly method: string; readonly uri: string }
}

interface Settings<R extends TokenRecord> {
  readonly verifier: Verifier<R>
  readonly path: string
  readonly scopes: readonly string[] | null
  readonly reader: RequestReader<IncomingRequest>
  readonly rules: ScopeOptions
}

const MOST_REQUIRED = 100

/** nginx takes 401 and 403 of a subrequest for a denial, and answers 500 to the client for any other one. */
const AS_DENIAL: Partial<Record<Challenge['status'], 401>> = { 400: 401 }

/**
 * Decides about requests that a proxy asks about before it lets them pass: `auth_request` of nginx, `ext_authz` of
 * Envoy over HTTP, `forwardAuth` of Traefik, `forward_auth` of Caddy. 200 with who it is in headers, or the verifier's
 * challenge. Does no I/O when it is built.
 *
 * @throws TypeError naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createForwardAuth, expressApi } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 * import express from 'express'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * express().use(expressApi(createForwardAuth({ verifier, scopes: ['drive:read'] }))).listen(3000, '127.0.0.1')
 * ```
 */
export function createForwardAuth<R extends TokenRecord>(options: ForwardAuthOptions<R>): FetchHandler {
  const settings = forwardAuthSettings(options)
  return Object.freeze({
    async handle(request: Request, { peer = null, isTruncated = false }: ApiContext = {}): Promise<Response | null> {
      const { pathname, search } = new URL(request.url)
      const isBelow = pathname === settings.path || pathname.startsWith(`${settings.path}/`)
      if (!isBelow || !isPlainPath(pathname)) return null
      try {
        return await answer({ request, peer, isTruncated }, settings.scopes ?? requiredBy(search.slice(1)), settings)
      } catch (error) {
        if (error instanceof ApiProblem) return misconfigured(error)
        throw error
      }
    },
  })
}

async function answer<R extends TokenRecord>(
  arriving: IncomingRequest,
  scopes: readonly string[],
  { verifier, reader, rules }: Settings<R>,
): Promise<Response> {
  const verified = await verifier.verify(arriving, reader)
  const isEnough = !verified.ok || scopes.length === 0
  const decision: Decision<R> = isEnough
    ? verified
    : await verifier.authorize(verified, { kind: 'all', scopes }, arriving, reader)
  return decision.ok
    ? passed(decision.grant.record, rules)
    : refused(verifier.challenge(decision, reader.context(arriving).id))
}

/** Envoy lets 200 pass alone, the others any 2xx. Absent values are sent empty: else the client's header counts. */
function passed(record: Readonly<TokenRecord>, rules: ScopeOptions): Response {
  const headers = {
    'Cache-Control': 'no-store',
    'X-Patkit-Token-Id': headerText(record.id),
    'X-Patkit-Principal-Id': headerText(record.principalId),
    'X-Patkit-Organization-Id': headerText(record.organizationId),
    'X-Patkit-User-Id': headerText(record.userId),
    'X-Patkit-Scopes': effectiveScopes(record, rules).join(' '),
  }
  return new Response(null, { status: 200, headers })
}

function refused(challenge: Challenge): Response {
  const headers = challenge.headers.map(([name, value]): [string, string] => [name, value])
  const status = AS_DENIAL[challenge.status]
  if (status === undefined) return new Response(challenge.body, { status: challenge.status, headers })
  const body = JSON.stringify({ ...JSON.parse(challenge.body), status, title: 'Unauthorized' })
  return new Response(body, { status, headers })
}

/** Every proxy treats it as a denial, and the operator notices it. */
function misconfigured(problem: ApiProblem): Response {
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' }
  return new Response(JSON.stringify(problemDetails(problem, null)), { status: problem.status, headers })
}

/**
 * A parameter with another name is one that was misspelt, and would require nothing.
 *
 * @throws ApiProblem 400
 */
function requiredBy(search: string): readonly string[] {
  const query = boundedParameters(search, 'query')
  const foreign = [...query.keys()].find((name) => name !== 'scope')
  if (foreign !== undefined) throw invalid([{ field: fieldName(foreign), message: 'is not a known parameter' }])
  const scopes = query.getAll('scope').flatMap((value) => value.split(' ', MOST_REQUIRED + 1))
  if (scopes.length > MOST_REQUIRED)
    throw invalid([{ field: 'scope', message: `must name at most ${MOST_REQUIRED} scopes` }])
  if (!scopes.every(isScopeName)) throw invalid([{ field: 'scope', message: 'must be a scope name' }])
  return scopes
}

/** Visible ASCII, other bytes and `%` as `%` and two digits: ids are free text, and a header is one line. */
function headerText(text: string | null | undefined): string {
  const encoded = (characters: string) =>
    [...Buffer.from(characters)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
  return (text ?? '').replace(/[^\x21-\x24\x26-\x7e]+/g, encoded)
}

function readerFor(
  path: string,
  original: ForwardAuthOptions<TokenRecord>['original'],
): RequestReader<IncomingRequest> {
  return {
    ...fetchRequestReader,
    context(arriving) {
      const context = fetchRequestReader.context(arriving)
      const named = (header: string | undefined) => (header && arriving.request.headers.get(header)) || null
      const below = context.path?.slice(path.length) || context.path
      return {
        ...context,
        method: named(original?.method) ?? context.method,
        path: named(original?.uri) ?? below,
      }
    },
  }
}

function forwardAuthSettings<R extends TokenRecord>(options: ForwardAuthOptions<R>): Settings<R> {
  const { verifier, path = '/authorize', scopes, original, wildcards = false, implies = {}, ...unknown } = options
  refuseUnknownOptions(unknown)
  if (typeof verifier?.verify !== 'function') throw wrongOption('verifier', 'must be a verifier')
  if (!/^(?:\/[\w.~-]+)+$/.test(path)) throw wrongOption('path', 'must begin with "/" and not end with it')
  const isExact = (scope: unknown) => isScopeName(scope) && !String(scope).includes('*')
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every(isExact)))
    throw wrongOption('scopes', 'must be an array of scope names without "*"')
  requireOriginal(original)
  const rules = { wildcards, implies }
  return { verifier, path, scopes: scopes ?? null, reader: readerFor(path, original), rules }
}

function requireOriginal(original: ForwardAuthOptions<TokenRecord>['original']): void {
  if (original === undefined) return
  const { method, uri, ...unknown } = original ?? {}
  if (!isHeaderName(method) || !isHeaderName(uri))
    throw wrongOption('original', 'must name two headers, method and uri')
  refuseUnknownOptions(unknown, 'original.')
}

function isHeaderName(value: unknown): boolean {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)
}
