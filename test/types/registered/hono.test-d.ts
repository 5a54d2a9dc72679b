import { createVerifier, tokenFormat } from '@patkit/core'
import { patAuth, requireAnyScope, requireScope, requireUser } from '@patkit/hono'
import { Hono, type MiddlewareHandler } from 'hono'
import { expectTypeOf } from 'vitest'
import type { DriveToken } from './register.ts'

const app = new Hono()
const format = tokenFormat({ prefix: 'acme_pat' })
declare const driveToken: DriveToken
declare const { team: _, ...withoutTeam }: DriveToken

app.use(patAuth({ format, resolve: () => driveToken }))
app.use('/shared/*', patAuth(createVerifier({ format, resolve: () => driveToken })))
expectTypeOf(requireScope('drive:read')).toExtend<MiddlewareHandler>()

app.get('/files', (c) => {
  expectTypeOf(c.var.pat).toEqualTypeOf<Readonly<DriveToken>>()
  expectTypeOf(c.get('pat').team).toEqualTypeOf<'red' | 'blue'>()
  // @ts-expect-error for reading only
  c.var.pat.quota = 1
  return c.json({ quota: c.var.pat.quota })
})

app.get('/files/:id', requireScope('drive:read'), requireUser(), (c) => {
  expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
  expectTypeOf(c.req.param()).toEqualTypeOf<{ id: string }>()
  expectTypeOf(c.var.pat.quota).toEqualTypeOf<number>()
  // @ts-expect-error not a parameter of the route
  c.req.param('name').length
  return c.text('')
})

requireAnyScope('drive:read', (c) => ['drive', c.req.param('id'), c.var.pat.team])
// @ts-expect-error no such scope
requireScope('drive:delete')
// @ts-expect-error no such scope among them
requireAnyScope('drive:read', 'drive')
// @ts-expect-error a guard names a scope
requireAnyScope()
// @ts-expect-error segments are listed
requireScope((c) => c.req.path)
// @ts-expect-error the registered record has a team
patAuth({ format, resolve: () => withoutTeam })
// @ts-expect-error not an option
patAuth({ format, resolve: () => driveToken, onDenied: () => new Response() })
// @ts-expect-error the hook answers
patAuth({ format, resolve: () => driveToken, onDeny: () => undefined })

patAuth({
  format,
  resolve: () => driveToken,
  onDeny: (refused, c) => c.body(refused.challenge.body, refused.challenge.status),
})
