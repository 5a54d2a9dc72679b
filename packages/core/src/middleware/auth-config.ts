import { PatError } from '../errors.ts'
import type { RequestReader } from '../incoming-request.ts'
import type { TokenRecord } from '../lookup/record.ts'
import { callable, flag, refuseUnknownOptions } from '../option-checks.ts'
import type { VerifierOptions } from '../options.ts'
import { createVerifier, type Verifier } from '../verifier.ts'

/** What `patAuth` takes besides the verifier's options. `Q` is the framework's request, `H` its form of `onDeny`. */
export interface MiddlewareOptions<Q, H> {
  /** Lets requests without credentials pass; bad credentials are still denied. Default `false`. */
  readonly optional?: boolean
  /** Answers denials instead of patkit. */
  readonly onDeny?: H
  /**
   * The address at the other end of the connection, for runtimes whose sockets patkit cannot see; `'unix'` for that of
   * a unix socket.
   */
  readonly peer?: (request: Q) => string | null
  /**
   * The id that events and answers name a request by. Default: the client's `X-Request-Id`. What it throws is reported,
   * and the request has no id then.
   */
  readonly requestId?: (request: Q) => string | null
  /** Takes the writing of audit events, for runtimes that stop with the answer: `(c, work) => c.executionCtx.waitUntil(work)`. */
  readonly waitUntil?: (request: Q, work: Promise<void>) => void
}

/** One `patAuth`: its verifier, and how it reads and answers requests. */
export interface AuthConfig<R extends TokenRecord, Q, H> {
  readonly verifier: Verifier<R>
  readonly reader: RequestReader<Q>
  readonly optional: boolean
  readonly onDeny: H | null
  readonly waitUntil: ((request: Q, work: Promise<void>) => void) | null
}

function isVerifier<R extends TokenRecord>(source: Verifier<R> | object): source is Verifier<R> {
  return typeof source === 'object' && source !== null && 'verify' in source
}

/**
 * Reads the arguments of `patAuth`.
 *
 * @throws TypeError naming the option that is wrong
 */
export function authConfig<R extends TokenRecord, Q, H>(
  source: Verifier<R> | (VerifierOptions<R> & MiddlewareOptions<Q, H>),
  options: MiddlewareOptions<Q, H>,
  reader: RequestReader<Q>,
): AuthConfig<R, Q, H> {
  if (isVerifier(source)) return authConfigOf(source, options, reader)
  const { optional, onDeny, peer, requestId, waitUntil, ...verifierOptions } = { ...source }
  const own = { optional, onDeny, peer, requestId, waitUntil } as MiddlewareOptions<Q, H>
  return authConfigOf(createVerifier(verifierOptions as VerifierOptions<R>), own, reader)
}

/** The framework's reader. Hooks of the application replace its own members. */
function readerWith<Q>(
  reader: RequestReader<Q>,
  peer: ((request: Q) => string | null) | undefined,
  requestIdHook: ((request: Q) => string | null) | undefined,
  report: (fault: PatError) => void,
): RequestReader<Q> {
  const own = peer === undefined ? reader : { ...reader, peer: callable('peer', peer) }
  if (requestIdHook === undefined) return own
  const idOf = callable('requestId', requestIdHook)
  const context = (request: Q) => {
    const known = own.context(request)
    try {
      const id = idOf(request)
      return { ...known, id: typeof id === 'string' ? id : null }
    } catch (cause) {
      report(new PatError('ERR_PAT_REQUEST_ID_FAILED', 'requestId failed', cause))
      return { ...known, id: null }
    }
  }
  return { ...own, context }
}

function authConfigOf<R extends TokenRecord, Q, H>(
  verifier: Verifier<R>,
  options: MiddlewareOptions<Q, H>,
  reader: RequestReader<Q>,
): AuthConfig<R, Q, H> {
  const { optional = false, onDeny, peer, requestId, waitUntil, ...unknown } = options
  refuseUnknownOptions(unknown)
  return {
    verifier,
    reader: readerWith(reader, peer, requestId, verifier.report),
    optional: flag('optional', optional),
    onDeny: onDeny === undefined ? null : callable('onDeny', onDeny),
    waitUntil: waitUntil === undefined ? null : callable('waitUntil', waitUntil),
  }
}
