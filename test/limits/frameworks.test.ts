import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createVerifier, tokenFormat, type VerifierOptions } from '@patkit/core'
import { type Limiter, nextTurn, type RateLimit } from '@patkit/core/adapter'
import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import pg from 'pg'
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { listen } from '../contract/frameworks.ts'
import { openPostgres } from '../servers/test-database.ts'

type Limit = RateLimit<object>
type MakeServer = (verifier: ReturnType<typeof verifierWith>, limit: Limit) => Server

const format = tokenFormat({ prefix: 'acme_pat' })
const token = format.mint()
const RECORD = {
  id: 'one',
  digest: token.digest,
  scopes: ['drive:read'],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: null,
}

function verifierWith(failureLimit?: VerifierOptions<never>['failureLimit']) {
  return createVerifier({
    format,
    resolve: (digest) => (digest === RECORD.digest ? RECORD : null),
    negativeTtlSeconds: 0.001,
    ...(failureLimit !== undefined && { failureLimit }),
  })
}

const FRAMEWORKS: readonly (readonly [string, MakeServer])[] = [
  [
    'Express',
    (verifier, limit) => {
      const app = express()
      app.use(forExpress.patAuth(verifier), forExpress.limitRate(limit))
      app.get('/', (_req, res) => void res.send('fine'))
      return createServer(app)
    },
  ],
  [
    'Koa',
    (verifier, limit) => {
      const app = new Koa()
      app.use(forKoa.patAuth(verifier))
      app.use(forKoa.limitRate(limit))
      app.use((ctx) => {
        ctx.body = 'fine'
      })
      return createServer(app.callback())
    },
  ],
  [
    'Hono',
    (verifier, limit) => {
      const app = new Hono()
      app.use(forHono.patAuth(verifier), forHono.limitRate(limit))
      app.get('/', (c) => c.text('fine'))
      return createAdaptorServer({ fetch: app.fetch }) as Server
    },
  ],
]

/** The statuses of some requests in turn, and the last answer. */
async function statuses(server: Server, credentials: readonly string[], settled = async () => {}) {
  const { port, close } = await listen(server)
  onTestFinished(close)
  const found: number[] = []
  let last = new Response()
  for (const credential of credentials) {
    last = await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${credential}` } })
    found.push(last.status)
    await settled()
  }
  return { found, last }
}

type Numbers = { readonly points: number; readonly duration: number; readonly keyPrefix: string }
const { postgres } = inject('servers')

async function postgresLimiter(numbers: Numbers): Promise<Limiter> {
  const database = await openPostgres(postgres as string)
  const pool = new pg.Pool({ connectionString: database.url })
  onTestFinished(async () => {
    await pool.end()
    await database.drop()
  })
  return new Promise((resolve, reject) => {
    const limiter = new RateLimiterPostgres({ ...numbers, storeClient: pool, clearExpiredByTimeout: false }, (error) =>
      error === undefined ? resolve(limiter) : reject(error),
    )
  })
}

const STORES: readonly (readonly [string, boolean, (numbers: Numbers) => Promise<Limiter>])[] = [
  ['memory', false, async (numbers) => new RateLimiterMemory(numbers)],
  ['PostgreSQL', postgres === null, postgresLimiter],
]

for (const [store, isMissing, limiterOf] of STORES) {
  describe.skipIf(isMissing).each(FRAMEWORKS)(`%s, counted in ${store}`, (_, makeServer) => {
    test('past its points a token is answered 429 with Retry-After', async () => {
      const limiter = await limiterOf({ points: 2, duration: 60, keyPrefix: 'requests' })
      const server = makeServer(verifierWith(), { limiter, by: 'token', whenUnavailable: 'deny' })
      const { found, last } = await statuses(server, Array(4).fill(token.reveal()))
      expect(found).toEqual([200, 200, 429, 429])
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(last.headers.get('www-authenticate')).toBeNull()
      expect(await last.json()).toMatchObject({ status: 429, code: 'rate_limited' })
    })

    test('an address that used up its failures is answered 429, and a cached token 200', async () => {
      const limiter = await limiterOf({ points: 2, duration: 60, keyPrefix: 'failures' })
      const verifier = verifierWith({ limiter, whenUnavailable: 'deny' })
      const free = {
        limiter: new RateLimiterMemory({ points: 9, duration: 9 }),
        by: 'token',
        whenUnavailable: 'deny',
      } as const
      let sent = 0
      // A failure is counted after its answer. The first request has none.
      const counted = async () => {
        const wanted = Math.min(sent++, limiter.points)
        while (((await limiter.get('127.0.0.1'))?.consumedPoints ?? 0) < wanted) await nextTurn()
      }
      const guesses = Array.from({ length: 3 }, () => format.mint().reveal())
      const credentials = [token.reveal(), ...guesses, token.reveal()]
      const { found } = await statuses(makeServer(verifier, free), credentials, counted)
      expect(found).toEqual([200, 401, 401, 429, 200])
    })
  })
}
