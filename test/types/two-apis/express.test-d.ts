import { createVerifier, tokenFormat } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import { createPat } from '@patkit/express'
import express, { type RequestHandler } from 'express'
import { expectTypeOf } from 'vitest'
import { type AdminToken, type AdminTypes, adminToken, type DriveToken, type DriveTypes, driveToken } from './apis.ts'

const format = tokenFormat({ prefix: 'acme_pat' })
const drive = createPat<DriveTypes>()
const admin = createPat<AdminTypes>()

const files = express.Router()
files.use(drive.patAuth({ format, resolve: () => driveToken }))
expectTypeOf(drive.requireScope('drive:read')).toExtend<RequestHandler>()
files.get('/files/:id', drive.requireScope('drive:read'), (req) => {
  expectTypeOf(drive.patOf(req)).toEqualTypeOf<Readonly<DriveToken>>()
  expectTypeOf(req.params.id).toEqualTypeOf<string>()
  drive.hasScope(req, 'drive:write', ['drive', req.params.id])
  // @ts-expect-error the other API's scope
  drive.hasScope(req, 'users:read')
  // @ts-expect-error the other API's scope
  return drive.assertScope(req, 'users:read')
})

const users = express.Router()
users.use(admin.patAuth(createVerifier({ format, resolve: () => adminToken }), { optional: true }))
users.get('/users', admin.requireAnyScope('users:read'), (req) => {
  expectTypeOf(admin.patOf(req)).toEqualTypeOf<Readonly<AdminToken> | null>()
  // @ts-expect-error there may be none
  admin.patOf(req).level
})
admin.requireScope((req) => ['users', admin.patOf(req)?.id])
admin.patAuth(actingAs<AdminToken>({ scopes: ['users:read'], level: 2 }))

// @ts-expect-error the other API's scope
drive.requireScope('users:read')
// @ts-expect-error the other API's scope
admin.requireAnyScope('drive:read')
// @ts-expect-error the other API's record
drive.patAuth({ format, resolve: () => adminToken })
// @ts-expect-error the other API's verifier
admin.patAuth(createVerifier({ format, resolve: () => driveToken }))
// @ts-expect-error no such level
actingAs<AdminToken>({ level: 3 })
// @ts-expect-error a record has the members that patkit asks for
createPat<{ record: { team: string } }>()
// @ts-expect-error scopes are text
createPat<{ scope: 1 }>()
// @ts-expect-error not a member
createPat<{ scopes: 'drive:read' }>()
