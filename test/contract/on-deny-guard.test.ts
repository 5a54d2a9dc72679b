import { createServer, type RequestListener } from 'node:http'
import { tokenFormat } from '@patkit/core'
import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa from 'koa'
import Koa2 from 'koa2'
import { expect, test } from 'vitest'
import { listen } from './frameworks.ts'
import { sendRaw } from './raw-request.ts'

const REQUEST = { method: 'GET', path: '/', lines: [], body: '' }
const OPTIONS = { format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => null }

interface Heard {
  readonly codes: unknown[]
  handled: number
}

function expressApp(module: typeof express, heard: Heard): RequestListener {
  const app = module()
  app.use(forExpress.patAuth({ ...OPTIONS, onDeny: (_refused, _req, _res, next) => next() }))
  app.get('/', forExpress.requireScope('drive:read'), (_req, res) => {
    heard.handled++
    res.end()
  })
  app.use(((error, _req, res, _next) => {
    heard.codes.push(error.code)
    res.status(500).end()
  }) as express.ErrorRequestHandler)
  return app
}

function koaApp(Module: typeof Koa, heard: Heard): RequestListener {
  const app = new Module()
  app.on('error', (error) => heard.codes.push(error.code))
  app.use(forKoa.patAuth({ ...OPTIONS, onDeny: (_refused, _ctx, next) => next() }))
  app.use(forKoa.requireScope('drive:read'))
  app.use(() => void heard.handled++)
  return app.callback()
}

test.each([
  ['Express 4', (heard: Heard) => expressApp(express4, heard)],
  ['Express 5', (heard: Heard) => expressApp(express, heard)],
  ['Koa 2', (heard: Heard) => koaApp(Koa2 as typeof Koa, heard)],
  ['Koa 3', (heard: Heard) => koaApp(Koa, heard)],
] as const)('%s: onDeny can let a request go on after patAuth, never through a guard', async (_name, make) => {
  const heard: Heard = { codes: [], handled: 0 }
  const { port, close } = await listen(createServer(make(heard)))
  expect((await sendRaw(port, REQUEST)).status).toBe(500)
  expect(heard).toEqual({ codes: ['ERR_PAT_GUARD_PASSED'], handled: 0 })
  await close()
})

test('Hono 4: onDeny can let a request go on after patAuth, never through a guard', async () => {
  const heard: Heard = { codes: [], handled: 0 }
  const app = new Hono()
  const goOn: forHono.OnDeny = async (_refused, c, next) => {
    await next()
    return c.res
  }
  app.onError((error, c) => {
    heard.codes.push((error as { code?: unknown }).code)
    return c.text('', 500)
  })
  app.use(forHono.patAuth({ ...OPTIONS, onDeny: goOn }))
  app.get('/', forHono.requireScope('drive:read'), (c) => {
    heard.handled++
    return c.text('in')
  })
  expect((await app.request('/')).status).toBe(500)
  expect(heard).toEqual({ codes: ['ERR_PAT_GUARD_PASSED'], handled: 0 })
})
