import { recordOf } from './in-handler.ts'
import { authBeside, keepBeside, keepsBeside } from './request-auth.ts'
import { type HeadArguments, type VaryingResponse, withVary } from './vary.ts'

/** An app with the objects that its requests and responses inherit from, as Express has them. */
export interface ExtensibleApp {
  readonly request: object
  readonly response: VaryingResponse
}

/**
 * Sees to it that all requests of a framework have `pat`, and its responses the headers of `patAuth` in their `Vary`,
 * without a property of patkit on any of them. For frameworks whose requests have a hidden class each, as Express: each
 * property added to one of those costs V8 about a microsecond, and the memory of a class. Extends the objects that all apps
 * of one copy of the framework share: a request may come into another app that is not mounted in its own. Does nothing the
 * second time, or without such an app.
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
  const request = sharedBy(app.request)
  if (keepsBeside(request)) return
  keepBeside(request)
  extendRequest(request)
  extendResponse(sharedBy(app.response))
}

/** Whether a response names the headers of `patAuth` by itself: not where a middleware or a mock gave it another `writeHead`. */
export function namesVary(response: VaryingResponse, names: string): boolean {
  return naming.has(response.writeHead) && authBeside((response as AnsweringResponse).req)?.vary === names
}

/** Another copy of core may have extended the requests before. */
function extendRequest(request: object): void {
  const earlier = Object.getOwnPropertyDescriptor(request, 'pat')
  Object.defineProperty(request, 'pat', {
    configurable: true,
    get(this: object) {
      const auth = authBeside(this)
      return auth === undefined ? earlier?.get?.call(this) : recordOf(auth)
    },
    // As on a plain object: a value that is set on one request is its own.
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'pat', { value, writable: true, enumerable: true, configurable: true })
    },
  })
}

/** A response of the framework, with the request that it answers. */
interface AnsweringResponse extends VaryingResponse {
  readonly req: object
}

/** The forms of `writeHead` that name the headers of `patAuth` by themselves. */
const naming = new WeakSet<VaryingResponse['writeHead']>()

function extendResponse(response: VaryingResponse): void {
  const { writeHead } = response
  response.writeHead = function (this: AnsweringResponse, ...head: HeadArguments) {
    const names = authBeside(this.req)?.vary
    return writeHead.apply(this, names === undefined ? head : withVary(head, this, names))
  }
  naming.add(response.writeHead)
}

function isExtensible(app: Partial<ExtensibleApp> | undefined): app is ExtensibleApp {
  return app?.request !== undefined && app.response !== undefined
}

/** The last object before that of a class, which servers without the framework have too. */
function sharedBy<T extends object>(object: T): T {
  const next: T | null = Object.getPrototypeOf(object)
  return next === null || Object.hasOwn(next, 'constructor') ? object : sharedBy(next)
}
