import type { Problem } from './models.ts'

/** Why a request has failed. After `offline` and `timeout`, the change may have been made. */
export type FailureKind = 'offline' | 'timeout' | 'session' | 'forbidden' | 'missing' | 'conflict' | 'input' | 'server'

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed'
  readonly kind: FailureKind
  readonly problem: Problem | null

  constructor(kind: FailureKind, problem: Problem | null = null) {
    super(problem?.detail ?? kind)
    this.kind = kind
    this.problem = problem
  }

  /** What the API says about a member of the request. */
  fault(field: string): string | null {
    const found = this.problem?.errors?.find((error) => error.field === field || error.field.startsWith(`${field}/`))
    return found === undefined ? null : found.message
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>

export interface SendOptions {
  readonly body?: object
  /** Repeats of a request with the same key get the first answer. */
  readonly idempotencyKey?: string
}

export interface Client {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>
  send<T>(method: 'POST' | 'PATCH' | 'DELETE' | 'PUT', path: string, options?: SendOptions): Promise<T>
}

/** Headers for every request that changes something, such as a CSRF token of the host. */
export type CsrfHeaders = () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>

const TIMEOUT_MS = 30_000

const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'input',
  401: 'session',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
}

/** An id of a link that is one would lead to another path: the browser takes it out, also where it is escaped. */
const DOT_SEGMENT = /(?:^|\/)\.\.?(?=[/?]|$)/

/**
 * @param base where the API begins, such as `/api`
 * @param csrf headers that the host adds to requests that change something
 */
export function createClient(base: string, csrf: () => CsrfHeaders | null): Client {
  const root = base.replace(/\/$/, '')

  async function request<T>(path: string, init: RequestInit): Promise<T> {
    if (DOT_SEGMENT.test(path)) throw new RequestFailed('missing')
    const response = await answered(`${root}${path}`, init)
    if (response.status === 204) return undefined as T
    const body = await bodyOf(response)
    if (response.ok) return body as T
    throw new RequestFailed(KINDS[response.status] ?? 'server', body as Problem | null)
  }

  return {
    get: (path, query = {}, signal) => request(`${path}${queryText(query)}`, { ...(signal && { signal }) }),
    async send(method, path, { body, idempotencyKey } = {}) {
      const headers = {
        ...(await csrf()?.()),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
      }
      return request(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    },
  }
}

/** An unguessable key. `crypto.randomUUID` does not exist on plain HTTP. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function queryText(query: Query): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

async function answered(url: string, init: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  try {
    return await fetch(url, { ...init, signal, credentials: 'same-origin', cache: 'no-store', redirect: 'error' })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new RequestFailed(timeout.aborted ? 'timeout' : 'offline')
  }
}

/** `null` for an answer that is not JSON, such as the page of a proxy. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    if (response.ok) throw new RequestFailed('server')
    return null
  }
}
