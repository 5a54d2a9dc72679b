import { patAuth, requireScope } from '@patkit/koa'
import Koa from 'koa'
import { format, resolve } from './token.ts'
import { visit } from './visit.ts'

const app = new Koa()
app.use(patAuth({ format, resolve }))
app.use(requireScope('drive:read'))
app.use((ctx) => {
  ctx.body = { id: ctx.path.split('/').at(-1), user: ctx.state.pat.userId }
})
const server = app.listen(0, '127.0.0.1', () => visit(server))
