import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type Api, expressApi, honoApi, koaApi } from '@patkit/api'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa from 'koa'
import Koa2 from 'koa2'
import { afterEach, describe, expect, test } from 'vitest'
import { ADA, type House, house } from '../../packages/api/test/house.ts'

type Mount = (api: Api) => RequestListener | Hono

const withExpress =
  (make: typeof express, parsers: readonly ('json' | 'urlencoded')[]): Mount =>
  (api) => {
    const app = make()
    for (const parser of parsers) app.use(parser === 'json' ? make.json() : make.urlencoded({ extended: true }))
    app.use(expressApi(api))
    app.use((_req, res) => void res.status(418).end())
    return app
  }

const withKoa =
  (Framework: typeof Koa): Mount =>
  (api) => {
    const app = new Framework()
    app.use(koaApi(api))
    app.use((ctx) => {
      ctx.status = 418
    })
    return app.callback()
  }

const MOUNTS: Readonly<Record<string, Mount>> = {
  'Express 5': withExpress(express, []),
  'Express 5 behind express.json()': withExpress(express, ['json']),
  'Express 5 behind all parsers': withExpress(express, ['json', 'urlencoded']),
  'Express 4': withExpress(express4 as unknown as typeof express, []),
  'Express 4 behind express.json()': withExpress(express4 as unknown as typeof express, ['json']),
  'Express 4 behind all parsers': withExpress(express4 as unknown as typeof express, ['json', 'urlencoded']),
  'Koa 3': withKoa(Koa),
  'Koa 2': withKoa(Koa2 as unknown as typeof Koa),
  Hono: (api) => {
    const app = new Hono()
    app.use(honoApi(api))
    app.all('*', (c) => c.body(null, 418 as 400))
    return app
  },
}

let close: () => void = () => {}
afterEach(() => close())

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  test('answers as the API itself does, and leaves other paths alone', async () => {
    const stage = await house()
    const url = await listen(mount(stage.api))
    const made = await send(stage, url, 'POST', '/manage/tokens', '{"name":"a"}')
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(await made.json()).toMatchObject({ name: 'a', status: 'active' })
    const bad = await send(stage, url, 'POST', '/manage/tokens', '{"name":"a","role":"admin"}')
    expect(bad.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await bad.json()).toMatchObject({ status: 400, errors: [{ field: 'role' }] })
    const { id } = (
      (await (await send(stage, url, 'GET', '/manage/tokens?limit=1')).json()) as { items: [{ id: string }] }
    ).items[0]
    const gone = await send(stage, url, 'DELETE', `/manage/tokens/${id}`)
    expect([gone.status, await gone.text()]).toEqual([204, ''])
    expect((await send(stage, url, 'POST', '/manage/tokens/none/revoke')).status).toBe(404)
    expect((await send(stage, url, 'HEAD', '/manage/tokens')).status).toBe(200)
    expect((await send(stage, url, 'GET', '/elsewhere')).status).toBe(418)
    const nobody = await fetch(`${url}/manage/tokens`)
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api"'])
  })

  test('takes forms', async () => {
    const stage = await house()
    const url = await listen(mount(stage.api))
    const { secret } = await stage.tokens.create({ id: 'root', scopes: null }, ADA, { name: 'a' })
    const revoke = (form: URLSearchParams) =>
      fetch(`${url}/manage/revoke`, { method: 'POST', headers: stage.headersOf('managingToken'), body: form })
    const token = secret.reveal()
    const twice = await revoke(
      new URLSearchParams([
        ['token', token],
        ['token', token],
      ]),
    )
    expect([twice.status, await twice.json()]).toMatchObject([400, { errors: [{ field: 'token' }] }])
    const revoked = await revoke(new URLSearchParams({ token }))
    expect([revoked.status, await revoked.text()]).toEqual([200, ''])
    expect((await stage.tokens.list(ADA, { status: 'revoked' })).total).toBe(2)
  })
})

function send(stage: House, url: string, method: string, path: string, body?: string): Promise<Response> {
  const headers = {
    ...stage.headersOf('managingToken'),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  return fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
}

async function listen(app: RequestListener | Hono): Promise<string> {
  const server =
    app instanceof Hono
      ? serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
      : createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => void server.close()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
