import type { RequestListener } from 'node:http'
import Router from '@koa/router'
import type { Audit } from '@patkit/core'
import { patAuth, requireScope, requireUser } from '@patkit/koa'
import type { TokenService } from '@patkit/tokens'
import Koa from 'koa'

export function koaApp(tokens: TokenService, audit: Audit): RequestListener {
  const open = new Router()
  open.get('/public', (ctx) => {
    ctx.body = { message: 'Open to all' }
  })

  const api = new Router()
  api.get('/whoami', (ctx) => {
    const { pat } = ctx.state
    ctx.body = { token: pat.id, user: pat.userId, scopes: pat.scopes }
  })
  api.get('/files', requireScope('drive:read'), (ctx) => {
    ctx.body = { files: ['plan.txt', 'photo.jpg'] }
  })
  api.post('/files', requireScope('drive:write'), (ctx) => {
    ctx.status = 201
    ctx.body = { created: 'notes.txt' }
  })
  api.get('/drive', requireScope('drive:read'), requireUser('Drive requires user-delegated access'), (ctx) => {
    ctx.body = { drive: ctx.state.pat.userId }
  })

  const app = new Koa()
  app.use(open.routes())
  app.use(patAuth({ ...tokens.verifierOptions, audit }))
  app.use(api.routes())
  return app.callback()
}
