import Router from '@koa/router'
import { requireScope } from '@patkit/koa'
import type { Context } from 'koa'
import type { Directory } from './directory.ts'
import { answerProblem } from './problem-answer.ts'

/** The part of JustIAM that tokens are for. Reading it is in the document; the changes show that privileges are live. */
export function userRoutes(directory: Directory): Router {
  const router = new Router({ prefix: '/api/v1/users' })
  router.get('/', requireScope('users.view'), async (ctx) => {
    ctx.body = { data: await directory.list() }
  })
  router.delete('/:id/permissions/:permission', requireScope('users.edit'), async (ctx) => {
    const { id = '', permission = '' } = ctx.params
    answerFound(ctx, await directory.withdraw(ctx.state.pat.principalId ?? '', id, permission))
  })
  router.post('/:id/disable', requireScope('users.edit'), async (ctx) => {
    answerFound(ctx, await directory.disable(ctx.state.pat.principalId ?? '', ctx.params.id ?? ''))
  })
  return router
}

function answerFound(ctx: Context, isFound: boolean): void {
  if (isFound) ctx.status = 204
  else answerProblem(ctx, 404, 'not_found', 'User not found')
}
