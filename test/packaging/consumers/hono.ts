import { createAdaptorServer } from '@hono/node-server'
import { patAuth, requireScope } from '@patkit/hono'
import { Hono } from 'hono'
import { format, resolve } from './token.ts'
import { visit } from './visit.ts'

const app = new Hono()
app.use(patAuth({ format, resolve }))
app.get('/files/:id', requireScope('drive:read'), (c) => c.json({ id: c.req.param('id'), user: c.var.pat.userId }))
const server = createAdaptorServer(app)
server.listen(0, '127.0.0.1', () => visit(server))
