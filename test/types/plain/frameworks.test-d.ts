import { type TokenRecord, tokenFormat } from '@patkit/core'
import type { RegisteredPat, RegisteredScope } from '@patkit/core/adapter'
import * as inExpress from '@patkit/express'
import * as inHono from '@patkit/hono'
import * as inKoa from '@patkit/koa'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { expectTypeOf } from 'vitest'

interface Wider extends TokenRecord {
  readonly plan: string
}

const format = tokenFormat({ prefix: 'acme_pat' })
declare const record: TokenRecord
declare const wider: Wider
declare const { userId: _, ...withoutUser }: TokenRecord
declare const scopeFromConfiguration: string

expectTypeOf<RegisteredPat>().toEqualTypeOf<Readonly<TokenRecord>>()
expectTypeOf<RegisteredScope>().toEqualTypeOf<string>()

express()
  .use(inExpress.patAuth({ format, resolve: () => record }))
  .get('/files/:id', inExpress.requireScope('drive:read', scopeFromConfiguration), (req) => {
    expectTypeOf(req.pat).toEqualTypeOf<Readonly<TokenRecord>>()
    expectTypeOf(req.params.id).toEqualTypeOf<string>()
  })

new Koa()
  .use(inKoa.patAuth({ format, resolve: async () => record }))
  .use(inKoa.requireAnyScope(scopeFromConfiguration))
  .use((ctx) => {
    expectTypeOf(ctx.state.pat).toEqualTypeOf<Readonly<TokenRecord>>()
  })

new Hono()
  .use(inHono.patAuth({ format, resolve: () => null }))
  .get('/files/:id', inHono.requireScope('anything:at:all'), (c) => {
    expectTypeOf(c.var.pat).toEqualTypeOf<Readonly<TokenRecord>>()
    expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
    return c.text(c.var.pat.id)
  })

inExpress.patAuth({ format, resolve: () => wider })
inKoa.patAuth({ format: [format], resolve: () => wider })
inHono.patAuth({ format, resolve: () => wider })
// @ts-expect-error a record says whom it acts for, or null
inExpress.patAuth({ format, resolve: () => withoutUser })
// @ts-expect-error a record says whom it acts for, or null
inKoa.patAuth({ format, resolve: () => withoutUser })
// @ts-expect-error a record says whom it acts for, or null
inHono.patAuth({ format, resolve: () => withoutUser })
// @ts-expect-error a scope is text or a function
inExpress.requireScope(1)
