import Router from '@koa/router'
import { createVerifier, tokenFormat } from '@patkit/core'
import { patAuth, requireAnyScope, requireScope, requireUser } from '@patkit/koa'
import Koa from 'koa'
import { expectTypeOf } from 'vitest'
import type { DriveToken } from './register.ts'

const app = new Koa()
const router = new Router()
const format = tokenFormat({ prefix: 'acme_pat' })
declare const driveToken: DriveToken
declare const { team: _, ...withoutTeam }: DriveToken

app.use(patAuth({ format, resolve: () => driveToken }))
app.use(patAuth(createVerifier({ format, resolve: () => driveToken })))
app.use(requireScope('drive:read'))
app.use((ctx) => {
  expectTypeOf(ctx.state.pat).toEqualTypeOf<Readonly<DriveToken>>()
  expectTypeOf(ctx.state.pat.quota).toEqualTypeOf<number>()
  // @ts-expect-error for reading only
  ctx.state.pat.quota = 1
})

router.get('/files/:id', requireScope('drive:read'), requireUser(), (ctx) => {
  expectTypeOf(ctx.params.id).toEqualTypeOf<string | undefined>()
  expectTypeOf(ctx.state.pat.team).toEqualTypeOf<'red' | 'blue'>()
})
app.use(router.routes())

requireAnyScope('drive:read', (ctx) => ['drive', ctx.params.id, ctx.state.pat.team])
// @ts-expect-error no such scope
requireScope('drive:delete')
// @ts-expect-error no such scope among them
requireAnyScope('drive:read', 'drive')
// @ts-expect-error a guard names a scope
requireScope()
// @ts-expect-error segments are listed
requireScope((ctx) => ctx.path)
// @ts-expect-error the registered record has a team
patAuth({ format, resolve: () => withoutTeam })
// @ts-expect-error not an option
patAuth({ format, resolve: () => driveToken, optoinal: true })

patAuth({
  format,
  resolve: () => driveToken,
  peer: (ctx) => ctx.ip,
  onDeny: (refused, ctx, next) => {
    ctx.status = refused.challenge.status
    return next()
  },
})
