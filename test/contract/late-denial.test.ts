import { createServer } from 'node:http'
import { tokenFormat } from '@patkit/core'
import { patAuth } from '@patkit/express'
import express from 'express'
import express4 from 'express4'
import { expect, test } from 'vitest'
import { listen } from './frameworks.ts'
import { sendRaw } from './raw-request.ts'

const LINES = ['Authorization: Bearer acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17']
const REQUEST = { method: 'GET', path: '/', lines: LINES, body: '' }

test.each([
  ['Express 4', express4],
  ['Express 5', express],
] as const)('%s: a denial after another answer is ignored', async (_name, module) => {
  let resolve: (record: null) => void = () => {}
  const answered = new Promise<null>((settle) => {
    resolve = settle
  })
  const errors: unknown[] = []
  const server = module()
  server.use((_req, res, next) => {
    next()
    if (!res.headersSent) res.status(504).end(() => resolve(null))
  })
  server.use(patAuth({ format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => answered }))
  server.use(((error, _req, _res, _next) => errors.push(error)) as express.ErrorRequestHandler)
  const { port, close } = await listen(createServer(server))
  expect((await sendRaw(port, REQUEST)).status).toBe(504)
  expect((await sendRaw(port, REQUEST)).status).toBe(401)
  expect(errors).toEqual([])
  await close()
})
