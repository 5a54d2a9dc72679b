import Router from '@koa/router'
import { tokenFormat } from '@patkit/core'
import { createPat } from '@patkit/koa'
import Koa from 'koa'
import { expectTypeOf } from 'vitest'
import { type AdminToken, type AdminTypes, adminToken, type DriveToken, type DriveTypes, driveToken } from './apis.ts'

const format = tokenFormat({ prefix: 'acme_pat' })
const drive = createPat<DriveTypes>()
const admin = createPat<AdminTypes>()

new Koa()
  .use(drive.patAuth({ format, resolve: () => driveToken }))
  .use(drive.requireScope('drive:read'))
  .use((ctx) => {
    expectTypeOf(drive.patOf(ctx)).toEqualTypeOf<Readonly<DriveToken>>()
    expectTypeOf(ctx.state.pat.team).toEqualTypeOf<'red' | 'blue'>()
    drive.hasScope(ctx, 'drive:write')
    // @ts-expect-error the other API's scope
    drive.hasScope(ctx, 'users:read')
  })

const router = new Router<{ pat: Readonly<AdminToken> | null }>()
router.use(admin.patAuth({ format, resolve: () => adminToken, optional: true }))
router.get('/users/:id', admin.requireScope('users:read'), (ctx) => {
  expectTypeOf(ctx.state.pat).toEqualTypeOf<Readonly<AdminToken> | null>()
  expectTypeOf(admin.patOf(ctx)).toEqualTypeOf<Readonly<AdminToken> | null>()
  // @ts-expect-error there may be none
  admin.patOf(ctx).level
})
new Koa().use(router.routes())

drive.requireScope((ctx) => ['drive', ctx.state.pat.team])
// @ts-expect-error the other API's scope
drive.requireScope('users:read')
// @ts-expect-error the other API's scope
admin.requireAnyScope('drive:read')
// @ts-expect-error the other API's record
drive.patAuth({ format, resolve: () => adminToken })
// @ts-expect-error the other API's record
admin.patAuth({ format, resolve: () => driveToken })
