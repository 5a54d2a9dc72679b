import { createServer } from 'node:http'
import { createVerifier, type TokenRecord, tokenFormat } from '@patkit/core'
import { patAuth, requireScope } from '@patkit/express'
import express, { type Request, type RequestHandler } from 'express'
import express4 from 'express4'
import { describe, expect, test, vi } from 'vitest'
import { listen } from './frameworks.ts'
import { sendRaw } from './raw-request.ts'

const format = tokenFormat({ prefix: 'acme_pat' })
const TOKEN = format.mint()
const RECORD: TokenRecord = {
  ...{ id: 'token-1', digest: TOKEN.digest, scopes: ['a'], userId: null, ipAllowlist: null },
  ...{ expiresAt: null, revokedAt: null },
}
const OPTIONS = { format, resolve: (digest: string) => (digest === TOKEN.digest ? RECORD : null) }

/** What a GET of a path is answered: its status, `Vary` and body. */
async function get(app: express.Application, path = '/', authorization = `Bearer ${TOKEN.reveal()}`) {
  const { port, close } = await listen(createServer(app))
  const lines = authorization === '' ? [] : [`Authorization: ${authorization}`]
  const { status, headers, body } = await sendRaw(port, { method: 'GET', path, lines, body: '' })
  await close()
  return { status, vary: headers.filter(([name]) => name.toLowerCase() === 'vary').map(([, value]) => value), body }
}

const tellsId: RequestHandler = (req, res) => void res.json({ id: (req.pat as { id?: string } | null)?.id ?? null })

describe.each([
  ['Express 4', express4],
  ['Express 5', express],
] as const)('%s', (_name, module) => {
  test('a request has no property of patkit', async () => {
    const app = module()
    const ownKeys: PropertyKey[][] = []
    const keep: RequestHandler = (req, res, next) => {
      ownKeys.push([...Reflect.ownKeys(req), ...Reflect.ownKeys(res)])
      next()
    }
    app.use(keep, patAuth(OPTIONS), requireScope('a'), keep)
    app.get('/', tellsId)
    expect(await get(app)).toEqual({ status: 200, vary: ['Authorization'], body: '{"id":"token-1"}' })
    expect(ownKeys[1]).toEqual(ownKeys[0])
  })

  test('a token that is verified in a mounted app is known after it, in the app around it', async () => {
    const inner = module().use(patAuth(OPTIONS))
    const middle = module().use('/inner', inner)
    const outer = module().use(middle)
    outer.get('/inner', requireScope('a'), tellsId)
    const expected = { status: 200, vary: ['Authorization'], body: '{"id":"token-1"}' }
    expect(await get(outer, '/inner')).toEqual(expected)
    expect((await get(outer, '/inner', '')).status).toBe(401)
  })

  test('an app that was used before it is mounted', async () => {
    const inner = module().use(patAuth(OPTIONS))
    inner.get('/alone', tellsId)
    expect((await get(inner, '/alone')).body).toBe('{"id":"token-1"}')
    const outer = module().use(inner)
    outer.get('/', requireScope('a'), tellsId)
    expect(await get(outer)).toEqual({ status: 200, vary: ['Authorization'], body: '{"id":"token-1"}' })
  })

  test.each<[string, (inner: express.Application) => RequestHandler]>([
    ['in a router', (inner) => module.Router().use('/', inner)],
    ['called as a function', (inner) => (req, res, next) => inner(req, res, next)],
  ])('an app %s, which Express does not mount', async (_how, place) => {
    const inner = module()
    inner.get('/', tellsId)
    const outer = module().use(patAuth(OPTIONS), place(inner))
    for (const _ of [1, 2]) {
      expect(await get(outer)).toEqual({ status: 200, vary: ['Authorization'], body: '{"id":"token-1"}' })
    }
  })

  test('a response whose `writeHead` a middleware has replaced before the first request comes to patAuth', async () => {
    const app = module()
    app.use((_req, res, next) => {
      const { writeHead } = res
      res.writeHead = (...head: unknown[]) => Reflect.apply(writeHead, res, head)
      next()
    })
    app.use(patAuth(OPTIONS))
    app.get('/', tellsId)
    const expected = { status: 200, vary: ['Authorization'], body: '{"id":"token-1"}' }
    expect([await get(app), await get(app)]).toEqual([expected, expected])
  })

  test.each<[string, (req: Request) => Request]>([
    ['derived', (req) => Object.create(req)],
    ['proxied', (req) => new Proxy(req, {})],
  ])('a %s request has its own decision, and the answer names its headers', async (_kind, derive) => {
    const app = module()
    const auth = patAuth(OPTIONS)
    app.use((req, res, next) => auth(derive(req), res, next))
    app.get('/', tellsId)
    app.get('/guarded', requireScope('a'), tellsId)
    expect(await get(app)).toEqual({ status: 200, vary: ['Authorization'], body: '{"id":null}' })
    expect((await get(app, '/guarded')).status).toBe(500)
  })

  test('requests under way keep `pat` when another copy of patkit extends the same requests', async () => {
    vi.resetModules()
    const copy = await import('@patkit/express')
    const app = module()
    app.use('/first', patAuth(OPTIONS))
    app.use('/second', copy.patAuth(OPTIONS))
    app.get('/first', (req, res) => {
      const before = req.pat
      void get(app, '/second').then(() => res.json({ isSame: before !== undefined && req.pat === before }))
    })
    app.get('/second', copy.requireScope('a'), tellsId)
    app.get('/first/guarded', copy.requireScope('a'), tellsId)
    const expected = { status: 200, vary: ['Authorization'], body: '{"isSame":true}' }
    expect([await get(app, '/first'), await get(app, '/first')]).toEqual([expected, expected])
    expect((await get(app, '/second')).body).toBe('{"id":"token-1"}')
    expect((await get(app, '/first/guarded')).status).toBe(500)
  })

  test('requests that did not come to patAuth have neither `pat` nor `Vary`', async () => {
    const app = module()
    app.get('/open', (req, res) => void res.json({ type: typeof req.pat }))
    app.use(patAuth({ ...OPTIONS, optional: true }))
    app.get('/', tellsId)
    expect((await get(app, '/', '')).body).toBe('{"id":null}')
    expect(await get(app, '/open')).toEqual({ status: 200, vary: [], body: '{"type":"undefined"}' })
  })

  test.each([[{ id: 'forged' }], [null]])('`pat` %j, set on a request before, is replaced', async (pat) => {
    const app = module()
    app.use((req, _res, next) => {
      Object.assign(req, { pat })
      next()
    })
    app.use(patAuth({ ...OPTIONS, optional: true }))
    app.get('/', tellsId)
    for (const _ of [1, 2]) expect((await get(app)).body).toBe('{"id":"token-1"}')
    expect((await get(app, '/', '')).body).toBe('{"id":null}')
  })

  test('a handler can set `pat` of a request, and guards do not look at it', async () => {
    const app = module()
    app.use(patAuth({ ...OPTIONS, optional: true }))
    app.get('/', (req: Request, res) => {
      Object.assign(req, { pat: { id: 'set' } })
      tellsId(req, res, () => {})
    })
    app.use((req, _res, next) => {
      Object.assign(req, { pat: { id: 'set', scopes: ['a'] } })
      next()
    })
    app.get('/guarded', requireScope('a'), tellsId)
    expect((await get(app)).body).toBe('{"id":"set"}')
    expect((await get(app, '/guarded', '')).status).toBe(401)
  })

  test('two verifiers: `pat` is that of the last, `Vary` names the headers of both', async () => {
    const app = module()
    const other = createVerifier({ format, header: 'x-api-key', resolve: () => null })
    app.use(patAuth(other, { optional: true }), patAuth(OPTIONS))
    app.get('/', tellsId)
    expect(await get(app)).toEqual({ status: 200, vary: ['X-Api-Key, Authorization'], body: '{"id":"token-1"}' })
  })

  test.each<[string, string, (res: express.Response) => unknown]>([
    ['a header set later', 'Accept, Authorization', (res) => res.set('Vary', 'Accept')],
    ['res.vary', 'Accept, Authorization', (res) => res.vary('Accept')],
    ['a head with headers', 'Origin, Authorization', (res) => res.writeHead(200, { Vary: 'Origin' })],
  ])('`Vary` keeps %s', async (_what, expected, set) => {
    const app = module()
    app.use(patAuth(OPTIONS))
    app.get('/', (_req, res) => {
      set(res)
      res.end('answer')
    })
    expect(await get(app)).toEqual({ status: 200, vary: [expected], body: 'answer' })
  })

  test('a request that is answered while its token is looked up', async () => {
    const app = module()
    let found: (record: TokenRecord) => void = () => {}
    const pending = new Promise<TokenRecord>((resolve) => {
      found = resolve
    })
    app.use((req, res, next) => {
      next()
      res.json({ pat: req.pat })
      found(RECORD)
    })
    app.use(patAuth({ format, resolve: () => pending }))
    expect(await get(app)).toEqual({ status: 200, vary: ['Authorization'], body: '{"pat":null}' })
  })
})
