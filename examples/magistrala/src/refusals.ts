import type { OnDeny } from '@patkit/hono'
import type { Context, MiddlewareHandler } from 'hono'
import { isMember } from './people.ts'

/** patkit's denial with its status and headers, and a body as this API has them. */
export const answerDenial: OnDeny = ({ challenge: { status, headers, body } }, c) => {
  const { detail }: { readonly detail: string } = JSON.parse(body)
  const others = headers.filter(([name]) => name !== 'Content-Type')
  return c.json({ message: detail }, status, Object.fromEntries(others))
}

/** The rights of a user are decided at each request, beside the scopes of a PAT. */
export const requireMember: MiddlewareHandler = async (c, next) => {
  if (isMember(c.req.param('domain'), c.var.pat?.principalId)) return next()
  return c.json({ message: 'You are not a member of this domain' }, 403)
}

export function nothingHere(c: Context): Response {
  return c.json({ message: 'Not found' }, 404)
}

export function tooLarge(c: Context): Response {
  return c.json({ message: 'The body must not have more than 64 KiB' }, 413)
}

export function answerFault(_: Error, c: Context): Response {
  return c.json({ message: 'The service is unavailable' }, 500)
}
