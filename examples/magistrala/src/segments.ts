import { requireAnyScope, requireScope } from '@patkit/hono'
import type { Context, MiddlewareHandler } from 'hono'
import type { Operation } from './scope.ts'

/** No entity can have this id, so only scopes for all entities of a type match routes without an entity. */
const NO_ENTITY = '(none)'

/** Guards operations on the entity in the path. */
export function requireEntity(operation: Operation): MiddlewareHandler {
  return requireScope((c) => [c.req.param('domain'), c.req.param('type'), c.req.param('entity'), operation])
}

/** Guards operations on entities of a type in a domain. */
export function requireType(operation: Operation): MiddlewareHandler {
  return requireScope((c) => [c.req.param('domain'), c.req.param('type'), NO_ENTITY, operation])
}

/** Guards messages of a channel, which are also a type of their own. */
export function requireChannel(operation: 'publish' | 'subscribe'): MiddlewareHandler {
  const segments = (type: 'channels' | 'messages') => (c: Context) => [
    c.req.param('domain'),
    type,
    c.req.param('entity'),
    operation,
  ]
  return requireAnyScope(segments('channels'), segments('messages'))
}
