import type { TokenRecord } from '@patkit/core'
import type { Adapter, Segment } from '@patkit/core/adapter'
import { type App, AppError } from './app.ts'

/** What a framework offers to the steps of a route. `Q` is its request, `M` its middleware. */
export interface Kit<Q extends object, H, M>
  extends Pick<Adapter<Q, H, M>, 'requireScope' | 'requireAnyScope' | 'requireUser'> {
  parameter(request: Q, name: string): Segment
  query(request: Q, name: string): Segment
  /** One more `patAuth`, with the arguments of the first. */
  enter(): M
  /** A middleware that puts a record of its own where the application reads it. */
  forge(record: TokenRecord): M
}

/** One route of the API that every framework builds. */
export interface Route {
  readonly method: 'get' | 'post'
  readonly path: string
  /** Stands before `patAuth`, where a guard has no decision. */
  readonly outside: boolean
  readonly ends: 'answers' | 'throws' | 'rejects'
  steps<Q extends object, H, M>(kit: Kit<Q, H, M>): readonly M[]
}

type Steps = Route['steps']
type Differences = Partial<Omit<Route, 'path' | 'steps'>>

const ALMIGHTY: TokenRecord = {
  id: 'forged',
  digest: 'forged',
  scopes: ['drive:read', 'drive:write'],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: 'forged',
}

/** In the order they are registered. */
export const ROUTES: readonly Route[] = [
  route('/outside', (kit) => [kit.requireScope('drive:read')], { outside: true }),
  route('/forged-outside', (kit) => [kit.forge(ALMIGHTY), kit.requireScope('drive:read')], { outside: true }),
  route('/whoami', () => []),
  route('/whoami', () => [], { method: 'post' }),
  route('/files', (kit) => [kit.requireScope('drive:read')]),
  route('/move', (kit) => [kit.requireScope('drive:read', 'drive:write')]),
  route('/either', (kit) => [kit.requireAnyScope('drive:read', 'drive:write')]),
  route('/drive', (kit) => [kit.requireUser()]),
  route('/delegated', (kit) => [kit.requireUser('Drive requires user-delegated access')]),
  route('/read-and-user', (kit) => [kit.requireScope('drive:read'), kit.requireUser()]),
  route('/channels/:id/publish', (kit) => [
    kit.requireScope((request) => ['channels', kit.parameter(request, 'id'), 'publish']),
  ]),
  route('/channels/:id/read', (kit) => [
    kit.requireAnyScope('channels:all:read', (request) => ['channels', kit.parameter(request, 'id'), 'read']),
  ]),
  route('/publish', (kit) => [kit.requireScope((request) => ['channels', kit.query(request, 'channel'), 'publish'])]),
  route('/no-segments', (kit) => [kit.requireScope(() => [])]),
  route('/guard-fails', (kit) => [kit.requireScope(() => 'drive:read' as never)]),
  route('/forged', (kit) => [kit.forge(ALMIGHTY), kit.requireScope('drive:write'), kit.requireUser()]),
  route('/twice', (kit) => [kit.enter(), kit.requireScope('drive:read')]),
  route('/throws', () => [], { ends: 'throws' }),
  route('/rejects', () => [], { ends: 'rejects' }),
]

/** What a route's handler does: the text it answers with, now or later, or its failure. */
export function handle(
  app: App,
  { ends }: Route,
  record: Readonly<TokenRecord> | null | undefined,
): string | Promise<never> {
  app.heard.handlerCalls++
  if (ends === 'answers') return JSON.stringify({ token: record?.id ?? null, user: record?.userId ?? null })
  const failure = new AppError('HANDLER_FAILED')
  if (ends === 'throws') throw failure
  return Promise.reject(failure)
}

function route(path: string, steps: Steps, differences: Differences = {}): Route {
  return { method: 'get', outside: false, ends: 'answers', ...differences, path, steps }
}
