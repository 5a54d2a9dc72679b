import type { RegisteredRecord, TokenRecord } from '@patkit/core'
import type { RegisteredScope } from '@patkit/core/adapter'
import { requireScope } from '@patkit/express'
import { requireUser } from '@patkit/hono'
import { requireAnyScope } from '@patkit/koa'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { expectTypeOf } from 'vitest'
import './register.ts'

type Pat = Readonly<TokenRecord> | null

expectTypeOf<RegisteredRecord>().toEqualTypeOf<TokenRecord>()
expectTypeOf<RegisteredScope>().toEqualTypeOf<string>()

express().get('/files/:id', requireScope('drive:read'), (req) => {
  expectTypeOf(req.pat).toEqualTypeOf<Pat>()
  expectTypeOf(req.params.id).toEqualTypeOf<string>()
  // @ts-expect-error there may be none
  req.pat.userId
})

new Koa().use(requireAnyScope('drive:read')).use((ctx) => {
  expectTypeOf(ctx.state.pat).toEqualTypeOf<Pat>()
  // @ts-expect-error there may be none
  ctx.state.pat.userId
})

new Hono().get('/files/:id', requireUser(), (c) => {
  expectTypeOf(c.var.pat).toEqualTypeOf<Pat>()
  expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
  // @ts-expect-error there may be none
  return c.text(c.var.pat.userId)
})
