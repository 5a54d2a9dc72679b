import { tokenFormat } from '@patkit/core'
import { createPat, type PatEnv } from '@patkit/hono'
import { Hono } from 'hono'
import { expectTypeOf } from 'vitest'
import { type AdminToken, type AdminTypes, adminToken, type DriveToken, type DriveTypes, driveToken } from './apis.ts'

const format = tokenFormat({ prefix: 'acme_pat' })
const drive = createPat<DriveTypes>()
const admin = createPat<AdminTypes>()

const files = new Hono<PatEnv<DriveTypes>>()
files.use(drive.patAuth({ format, resolve: () => driveToken }))
files.get('/files/:id', drive.requireScope('drive:read'), (c) => {
  expectTypeOf(drive.patOf(c)).toEqualTypeOf<Readonly<DriveToken>>()
  expectTypeOf(c.var.pat.team).toEqualTypeOf<'red' | 'blue'>()
  expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
  drive.hasScope(c, 'drive:write')
  // @ts-expect-error the other API's scope
  drive.hasScope(c, 'users:read')
  return c.text(c.var.pat.team)
})

const users = new Hono<PatEnv<AdminTypes> & { Bindings: { region: string } }>()
users.use(admin.patAuth({ format, resolve: () => adminToken, optional: true }))
users.get('/users', admin.requireAnyScope('users:read'), (c) => {
  expectTypeOf(admin.patOf(c)).toEqualTypeOf<Readonly<AdminToken> | null>()
  // @ts-expect-error there may be none
  admin.patOf(c).level
  return c.text(c.env.region)
})
new Hono().route('/drive', files).route('/admin', users)

drive.requireScope((c) => ['drive', drive.patOf(c).team])
// @ts-expect-error the other API's scope
drive.requireScope('users:read')
// @ts-expect-error the other API's scope
admin.requireAnyScope('drive:read')
// @ts-expect-error the other API's record
drive.patAuth({ format, resolve: () => adminToken })
// @ts-expect-error the other API's record
admin.patAuth({ format, resolve: () => driveToken })
