import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Audit } from '@patkit/core'
import { patAuth, requireScope, requireUser } from '@patkit/hono'
import type { TokenService } from '@patkit/tokens'
import { Hono } from 'hono'

export function honoApp(tokens: TokenService, audit: Audit): RequestListener {
  const app = new Hono()
  app.get('/public', (c) => c.json({ message: 'Open to all' }))

  app.use(patAuth({ ...tokens.verifierOptions, audit }))
  app.get('/whoami', (c) => c.json({ token: c.var.pat.id, user: c.var.pat.userId, scopes: c.var.pat.scopes }))
  app.get('/files', requireScope('drive:read'), (c) => c.json({ files: ['plan.txt', 'photo.jpg'] }))
  app.post('/files', requireScope('drive:write'), (c) => c.json({ created: 'notes.txt' }, 201))
  app.get('/drive', requireScope('drive:read'), requireUser('Drive requires user-delegated access'), (c) =>
    c.json({ drive: c.var.pat.userId }),
  )
  return getRequestListener(app.fetch)
}
