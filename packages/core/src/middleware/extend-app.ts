import { recordOf } from './in-handler.ts'
import { authBeside, keepBeside, keepsBeside } from './request-auth.ts'
import { type HeadArguments, type VaryingResponse, withVary } from './vary.ts'

/** An app with the objects that its requests and responses inherit from, as Express has them. */
export interface ExtensibleApp {
  readonly request: object
  readonly response: VaryingResponse
  /** The app that it is mounted in: its own objects inherit from that one's. */
  readonly parent?: ExtensibleApp
}

/**
 * Sees to it that all requests of an app have `pat`, and its responses the headers of `patAuth` in their `Vary`, without
 * a property of patkit on any of them. For frameworks whose requests have a hidden class each, as Express: each property
 * added to one of those costs V8 about a microsecond, and the memory of a class. Does nothing the second time, or
 * without such an app.
 *
 * @example
 * ```ts
 * import { extendApp } from '@patkit/core/adapter'
 * import express from 'express'
 *
 * extendApp(express())
 * ```
 */
export function extendApp(app: Partial<ExtensibleApp> | undefined): void {
  if (!isExtensible(app)) return
  const { request, response } = rootOf(app)
  if (keepsBeside(request)) return
  keepBeside(request)
  Object.defineProperty(request, 'pat', {
    configurable: true,
    get(this: object) {
      const auth = authBeside(this)
      return auth === undefined ? undefined : recordOf(auth)
    },
    // As on a plain object: a value that is set on one request is its own.
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'pat', { value, writable: true, enumerable: true, configurable: true })
    },
  })
  const { writeHead } = response
  response.writeHead = function (this: VaryingResponse & { readonly req: object }, ...head: HeadArguments) {
    const names = authBeside(this.req)?.vary
    return writeHead.apply(this, names === undefined ? head : withVary(head, this, names))
  }
}

function isExtensible(app: Partial<ExtensibleApp> | undefined): app is ExtensibleApp {
  return app?.request !== undefined && app.response !== undefined
}

function rootOf(app: ExtensibleApp): ExtensibleApp {
  return app.parent === undefined ? app : rootOf(app.parent)
}
