import type { RequestListener } from 'node:http'
import type { Audit } from '@patkit/core'
import { patAuth, requireScope, requireUser } from '@patkit/express'
import type { TokenService } from '@patkit/tokens'
import express from 'express'

export function expressApp(tokens: TokenService, audit: Audit): RequestListener {
  const app = express()
  app.get('/public', (_req, res) => res.json({ message: 'Open to all' }))

  app.use(patAuth({ ...tokens.verifierOptions, audit }))
  app.get('/whoami', (req, res) => res.json({ token: req.pat.id, user: req.pat.userId, scopes: req.pat.scopes }))
  app.get('/files', requireScope('drive:read'), (_req, res) => res.json({ files: ['plan.txt', 'photo.jpg'] }))
  app.post('/files', requireScope('drive:write'), (_req, res) => res.status(201).json({ created: 'notes.txt' }))
  app.get('/drive', requireScope('drive:read'), requireUser('Drive requires user-delegated access'), (req, res) =>
    res.json({ drive: req.pat.userId }),
  )
  return app
}
