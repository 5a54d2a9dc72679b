import { patAuth, requireScope } from '@patkit/express'
import express from 'express'
import { format, resolve } from './token.ts'
import { visit } from './visit.ts'

const app = express()
app.use(patAuth({ format, resolve }))
app.get('/files/:id', requireScope('drive:read'), (req, res) => {
  res.json({ id: req.params.id, user: req.pat.userId })
})
const server = app.listen(0, '127.0.0.1', () => visit(server))
