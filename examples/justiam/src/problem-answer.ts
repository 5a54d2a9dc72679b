import { ApiProblem, type ProblemStatus, problemDetails } from '@patkit/api'
import type { ParameterizedContext } from 'koa'

/** What the routes of the token API answer with, from the others. */
export function answerProblem(ctx: ParameterizedContext, status: ProblemStatus, code: string, detail: string): void {
  ctx.status = status
  ctx.body = problemDetails(new ApiProblem(status, code, detail), ctx.get('x-request-id') || null)
  ctx.type = 'application/problem+json'
  ctx.set('Cache-Control', 'no-store')
}
