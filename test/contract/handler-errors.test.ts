import { createServer, type RequestListener } from 'node:http'
import { type AccessDenied, createVerifier, importedFormat } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import * as forExpress from '@patkit/express'
import * as forKoa from '@patkit/koa'
import express from 'express'
import express4 from 'express4'
import Koa from 'koa'
import Koa2 from 'koa2'
import { describe, expect, test } from 'vitest'
import { listen } from './frameworks.ts'
import { sendRaw } from './raw-request.ts'

const verifier = createVerifier({
  format: importedFormat({ name: 'test', maxLength: 4, accepts: () => true }),
  header: 'x-api-key',
  resolve: () => null,
})
const acting = actingAs({ userId: 'ada' })

type Handler<Q> = (request: Q) => unknown

function expressApp(module: typeof express, handler: Handler<express.Request>, answers: boolean): RequestListener {
  const app = module()
  app.set('env', 'test')
  app.use(answers ? forExpress.patAuth(acting) : forExpress.patAuth(verifier, { optional: true }))
  app.get('/', (req, _res, next) => void Promise.resolve(req).then(handler).catch(next))
  app.use(((error, _req, res, next) => {
    if (!answers || error.challenge === undefined) return next(error)
    res.status(error.status).set(error.headers).end(error.challenge.body)
  }) as express.ErrorRequestHandler)
  return app
}

function koaApp(Module: typeof Koa, handler: Handler<Koa.Context>, answers: boolean): RequestListener {
  const app = new Module()
  app.silent = true
  if (answers) {
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        const { challenge, status, headers } = error as AccessDenied
        if (challenge === undefined) throw error
        ctx.status = status
        ctx.set({ ...headers })
        ctx.body = challenge.body
      }
    })
  }
  app.use(answers ? forKoa.patAuth(acting) : forKoa.patAuth(verifier, { optional: true }))
  app.use(async (ctx) => void (await handler(ctx)))
  return app.callback()
}

function fails(): never {
  throw new Error('of the handler')
}

async function answered(listener: RequestListener) {
  const { port, close } = await listen(createServer(listener))
  const answer = await sendRaw(port, { method: 'GET', path: '/', lines: [], body: '' })
  await close()
  return answer
}

describe.each([
  [
    'Express 4',
    (answers: boolean, handler?: typeof fails) =>
      expressApp(express4, handler ?? ((req) => forExpress.assertScope(req, 'a')), answers),
  ],
  [
    'Express 5',
    (answers: boolean, handler?: typeof fails) =>
      expressApp(express, handler ?? ((req) => forExpress.assertScope(req, 'a')), answers),
  ],
  [
    'Koa 2',
    (answers: boolean, handler?: typeof fails) =>
      koaApp(Koa2 as typeof Koa, handler ?? ((ctx) => forKoa.assertScope(ctx, 'a')), answers),
  ],
  [
    'Koa 3',
    (answers: boolean, handler?: typeof fails) =>
      koaApp(Koa, handler ?? ((ctx) => forKoa.assertScope(ctx, 'a')), answers),
  ],
] as const)('%s', (_name, make) => {
  test('what the framework answers for a handler that throws names the header in `Vary`', async () => {
    const answer = await answered(make(false, fails))
    expect(answer.status).toBe(500)
    expect(JSON.stringify(answer).toLowerCase()).toContain('x-api-key')
  })

  test('an error handler can send the answer of a guard for what `assertScope` throws', async () => {
    const answer = await answered(make(true))
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'insufficient_scope', status: 403 })
    expect(JSON.stringify(answer)).toContain('application/problem+json')
  })
})
