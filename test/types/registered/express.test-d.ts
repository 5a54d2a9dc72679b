import { createVerifier, type TokenRecord, tokenFormat } from '@patkit/core'
import { patAuth, requireAnyScope, requireScope, requireUser } from '@patkit/express'
import express, { type RequestHandler } from 'express'
import { expectTypeOf } from 'vitest'
import type { DriveToken } from './register.ts'

const app = express()
const format = tokenFormat({ prefix: 'acme_pat' })
declare const driveToken: DriveToken
declare const { team: _, ...withoutTeam }: DriveToken
declare const stored: TokenRecord

app.use(patAuth({ format, resolve: () => driveToken }))
app.use(patAuth(createVerifier({ format, resolve: async () => driveToken }), { optional: false }))
expectTypeOf(requireScope('drive:read')).toExtend<RequestHandler>()

app.get('/files', (req) => {
  expectTypeOf(req.pat).toEqualTypeOf<Readonly<DriveToken>>()
  expectTypeOf(req.pat.team).toEqualTypeOf<'red' | 'blue'>()
  // @ts-expect-error for reading only
  req.pat.quota = 1
  // @ts-expect-error not a member of the record
  req.pat.secret
})

app.get('/files/:id', requireScope('drive:read'), (req, res) => {
  expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
  expectTypeOf(req.params.id).toEqualTypeOf<string>()
  expectTypeOf(req.pat.quota).toEqualTypeOf<number>()
  // @ts-expect-error not a parameter of the route
  req.params.name
  res.end()
})

app.get('/teams/:team/files/:id', requireUser('needs a user'), requireAnyScope('drive:read', 'drive:write'), (req) => {
  expectTypeOf(req.params.team).toEqualTypeOf<string>()
  expectTypeOf(req.params.id).toEqualTypeOf<string>()
})

requireScope('drive:read', 'drive:write')
requireScope((req) => ['drive', req.params.id, req.pat.team])
requireAnyScope('drive:read', (req) => ['drive', req.params.id, 'read'])
// @ts-expect-error no such scope
requireScope('drive:delete')
// @ts-expect-error no such scope among them
requireScope('drive:read', 'drive:delete')
// @ts-expect-error no such scope
requireAnyScope('drive')
// @ts-expect-error a guard names a scope
requireScope()
// @ts-expect-error a guard names a scope
requireAnyScope()
// @ts-expect-error segments are listed
requireScope((req) => `drive:${req.params.id}`)
// @ts-expect-error a detail is text
requireUser(1)

// @ts-expect-error no format
patAuth({ resolve: () => driveToken })
// @ts-expect-error no resolver
patAuth({ format })
// @ts-expect-error not an option
patAuth({ format, resolve: () => driveToken, reslove: () => null })
// @ts-expect-error a digest is not a record
patAuth({ format, resolve: (digest) => digest })
// @ts-expect-error the registered record has a team
patAuth({ format, resolve: () => withoutTeam })
// @ts-expect-error the registered record has more members
patAuth({ format, resolve: async () => stored })
// @ts-expect-error the registered record has more members
patAuth(createVerifier({ format, resolve: () => stored }))

patAuth({
  format,
  resolve: () => driveToken,
  onDeny: (refused, req, res, next) => {
    expectTypeOf(refused.challenge.status).toEqualTypeOf<400 | 401 | 403 | 429 | 503>()
    res.status(refused.challenge.status).json({ path: req.path })
    next()
  },
})
