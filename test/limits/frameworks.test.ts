import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createVerifier, tokenFormat, type VerifierOptions } from '@patkit/core'
import type { Limiter, RateLimit } from '@patkit/core/adapter'
import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import express from 'express'
import { Hono } from 'hono'
import { Redis } from 'ioredis'
import Koa from 'koa'
import pg from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible'
import { parseList } from 'structured-headers'
import { afterEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { listen } from '../contract/frameworks.ts'
import { openPostgres } from '../servers/test-database.ts'
import { waitUntil } from '../servers/wait-until.ts'

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

/** The answers to some requests in turn. */
async function answersTo(server: Server, credentials: readonly string[], settled = async () => {}) {
  const { port, close } = await listen(server)
  onTestFinished(close)
  const answers: Response[] = []
  for (const credential of credentials) {
    answers.push(await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${credential}` } }))
    await settled()
  }
  return answers
}

const statusesOf = (answers: readonly Response[]) => answers.map(({ status }) => status)

type Numbers = { readonly points: number; readonly duration: number; readonly keyPrefix: string }
const { postgres, redis } = inject('servers')

/** A limiter, and what ends the windows of its keys. */
interface Counter {
  readonly limiter: Limiter
  endWindows(): Promise<unknown>
}

/** Windows that end by the clock of this process, which the test sets. */
function byOwnClock(limiter: Limiter, { duration }: Numbers): Counter {
  return { limiter, endWindows: async () => vi.setSystemTime(Date.now() + duration * 1_000) }
}

async function redisCounter(numbers: Numbers): Promise<Counter> {
  const client = new Redis(redis as string)
  const keyPrefix = `${numbers.keyPrefix}_${randomUUID()}`
  onTestFinished(() => void client.disconnect())
  return {
    limiter: new RateLimiterRedis({ ...numbers, keyPrefix, storeClient: client }),
    // By the clock of the server, at an instant that is past.
    async endWindows() {
      for (const key of await client.keys(`${keyPrefix}*`)) await client.pexpireat(key, 1)
    },
  }
}

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

const STORES: readonly (readonly [string, boolean, (numbers: Numbers) => Promise<Counter>])[] = [
  ['memory', false, async (numbers) => byOwnClock(new RateLimiterMemory(numbers), numbers)],
  ['PostgreSQL', postgres === null, async (numbers) => byOwnClock(await postgresLimiter(numbers), numbers)],
  ['Redis', redis === null, redisCounter],
]

afterEach(() => {
  vi.useRealTimers()
})

for (const [store, isMissing, counterOf] of STORES) {
  describe.skipIf(isMissing).each(FRAMEWORKS)(`%s, counted in ${store}`, (_, makeServer) => {
    test('past its points a token is answered 429 with Retry-After', async () => {
      const { limiter } = await counterOf({ points: 2, duration: 60, keyPrefix: 'requests' })
      const server = makeServer(verifierWith(), { limiter, by: 'token', whenUnavailable: 'deny' })
      const answers = await answersTo(server, Array(4).fill(token.reveal()))
      expect(statusesOf(answers)).toEqual([200, 200, 429, 429])
      const last = answers.at(-1) as Response
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(last.headers.get('www-authenticate')).toBeNull()
      expect(last.headers.get('ratelimit')).toBeNull()
      expect(await last.json()).toMatchObject({ status: 429, code: 'rate_limited' })
    })

    test('under steady traffic each window has its points, and refused requests do not extend it', async () => {
      vi.useFakeTimers({ toFake: ['Date'] })
      const { limiter, endWindows } = await counterOf({ points: 3, duration: 60, keyPrefix: 'steady' })
      const server = makeServer(verifierWith(), { limiter, by: 'token', whenUnavailable: 'deny', policy: 'steady' })
      let sent = 0
      const answers = await answersTo(server, Array(14).fill(token.reveal()), async () => {
        if (++sent === 7) await endWindows()
      })
      const window = [200, 200, 200, 429, 429, 429, 429]
      expect(statusesOf(answers)).toEqual([...window, ...window])
      for (const start of [0, 7]) {
        const waits = answers.slice(start + 3, start + 7).map(({ headers }) => Number(headers.get('retry-after')))
        expect(waits).toEqual(waits.toSorted((a, b) => b - a))
      }
    })

    test('with a policy every answer has the fields of the draft, as structured fields', async () => {
      const { limiter } = await counterOf({ points: 2, duration: 60, keyPrefix: 'fields' })
      const policy = 'per "minute"'
      const server = makeServer(verifierWith(), { limiter, by: 'token', whenUnavailable: 'deny', policy })
      const answers = await answersTo(server, Array(3).fill(token.reveal()))
      expect(statusesOf(answers)).toEqual([200, 200, 429])
      const lists = (name: string) => answers.map(({ headers }) => parseList(headers.get(name) as string))
      const policies = new Map([
        ['q', 2],
        ['w', 60],
      ])
      expect(lists('ratelimit-policy')).toEqual(Array(3).fill([[policy, policies]]))
      const limits = lists('ratelimit').map(([item]) => item as [string, Map<string, number>])
      expect(limits.map(([name, parameters]) => [name, parameters.get('r')])).toEqual([
        [policy, 1],
        [policy, 0],
        [policy, 0],
      ])
      const seconds = limits.map(([, parameters]) => parameters.get('t') as number)
      expect(seconds.every((left) => left >= 1 && left <= 60)).toBe(true)
      expect(answers[2]?.headers.get('retry-after')).toBe(String(seconds[2]))
    })

    test('an address that used up its failures is answered 429, and a cached token 200', async () => {
      const { limiter } = await counterOf({ points: 2, duration: 60, keyPrefix: 'failures' })
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
        await waitUntil(async () => ((await limiter.get('127.0.0.1'))?.consumedPoints ?? 0) >= wanted)
      }
      const guesses = Array.from({ length: 3 }, () => format.mint().reveal())
      const credentials = [token.reveal(), ...guesses, token.reveal()]
      const answers = await answersTo(makeServer(verifier, free), credentials, counted)
      expect(statusesOf(answers)).toEqual([200, 401, 401, 429, 200])
    })
  })
}

test('two limits of a route are two items of one list', async () => {
  const limit = (points: number, duration: number, policy: string): Limit => ({
    limiter: new RateLimiterMemory({ points, duration }),
    by: 'token',
    whenUnavailable: 'deny',
    policy,
  })
  const app = express()
  app.use(forExpress.patAuth(verifierWith()), forExpress.limitRate(limit(9, 60, 'minute')))
  app.use(forExpress.limitRate(limit(99, 86_400, 'day')), (_req, res) => void res.send('fine'))
  const [answer] = await answersTo(createServer(app), [token.reveal()])
  const names = (header: string) => parseList(answer?.headers.get(header) as string).map(([name]) => name)
  expect(names('ratelimit').toSorted()).toEqual(['day', 'minute'])
  expect(names('ratelimit-policy').toSorted()).toEqual(['day', 'minute'])
})

test('in Koa, where an error removes the headers of an answer, the fields stay', async () => {
  const app = new Koa()
  app.on('error', () => {})
  app.use(forKoa.patAuth(verifierWith()))
  const limiter = new RateLimiterMemory({ points: 9, duration: 60 })
  app.use(forKoa.limitRate({ limiter, by: 'token', whenUnavailable: 'deny', policy: 'minute' }))
  app.use(() => {
    throw new Error('the handler failed')
  })
  const [answer] = await answersTo(createServer(app.callback()), [token.reveal()])
  expect(answer?.status).toBe(500)
  expect(answer?.headers.get('ratelimit')).toMatch(/^"minute";r=8;t=\d+$/)
})

test('in Hono without a Node response, the fields are on the response', async () => {
  const app = new Hono()
  const limiter = new RateLimiterMemory({ points: 1, duration: 60 })
  app.use(forHono.patAuth(verifierWith()))
  app.use(forHono.limitRate({ limiter, by: 'token', whenUnavailable: 'deny', policy: 'minute' }))
  app.get('/', (c) => c.text('fine'))
  const ask = () => app.request('/', { headers: { Authorization: `Bearer ${token.reveal()}` } })
  const answers = [await ask(), await ask()]
  expect(statusesOf(answers)).toEqual([200, 429])
  expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual(
    Array(2).fill(expect.stringMatching(/^"minute";r=0;t=\d+$/)),
  )
  expect(answers.map(({ headers }) => headers.get('ratelimit-policy'))).toEqual(Array(2).fill('"minute";q=1;w=60'))
})
