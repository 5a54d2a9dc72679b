import { createServer } from 'node:http'
import express, { type RequestHandler } from 'express'
import passport from 'passport'
import { Strategy } from 'passport-http-bearer'
import { BODY, digestHeader, type Fixture, hear, keepHeader, type RequestCase } from './fixture.ts'

export async function expressCases({ packages, options, find }: Fixture): Promise<RequestCase[]> {
  const { patAuth, requireScope } = await packages.load<typeof import('@patkit/express')>('express')
  passport.use(new Strategy((token, done) => done(null, find(token) ?? false)))
  const bearer = passport.authenticate('bearer', { session: false })
  return [
    caseOf('bare', false, []),
    caseOf('noop', false, [noop]),
    caseOf('floor', false, [floor]),
    caseOf('patAuth', true, [patAuth(options())]),
    caseOf('patAuth + callback', true, [patAuth(options(hear))]),
    caseOf('patAuth + callback + scope', true, [patAuth(options(hear))], requireScope('drive:read')),
    caseOf('passport-http-bearer', true, [bearer]),
  ]
}

function caseOf(
  name: string,
  authenticates: boolean,
  uses: RequestHandler[],
  ...guards: RequestHandler[]
): RequestCase {
  const app = express()
  for (const handler of uses) app.use(handler)
  app.get('/files', ...guards, (_req, res) => void res.type('json').send(BODY))
  return { name, authenticates, server: createServer(app) }
}

const noop: RequestHandler = (req, _res, next) => {
  keepHeader(req.headers.authorization)
  next()
}

const floor: RequestHandler = (req, _res, next) => {
  digestHeader(req.headers.authorization)
  next()
}
