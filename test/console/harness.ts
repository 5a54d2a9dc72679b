import { createServer, type RequestListener } from 'node:http'
import { serve } from '@hono/node-server'
import { type Api, type Caller, createApi, expressApi, fetchRequestReader, honoApi, koaApi } from '@patkit/api'
import { type ConsoleOptions, expressConsole, honoConsole, koaConsole } from '@patkit/console'
import { createVerifier, defineScopes, tokenFormat, type Verifier } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type Owner, type StoredRecord, type TokenPolicy, type TokenService } from '@patkit/tokens'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import mount from 'koa-mount'
import type { TestDatabase } from '../servers/test-database.ts'
import { started } from './listening.ts'

/** Whether `pnpm trial console` runs the tests: the full product of them. */
export const IS_TRIAL: boolean = process.env.PATKIT_TEST_CONSOLE === 'all'

export const ADA: Owner = { organizationId: 'acme', principalId: 'ada' }
export const ROBOT: Owner = { organizationId: 'acme', principalId: 'deploy-bot' }
export const ACTOR = { id: 'setup', scopes: null }
export type Who = 'ada' | 'root' | 'eve'

const CATALOG = defineScopes({
  'drive:read': 'Read files',
  'drive:write': 'Write files',
  'drive:share': 'Share files with others',
  'mail:read': 'Read messages',
  'mail:send': 'Send messages',
  'calendar:read': 'Read events',
  'calendar:write': 'Change events',
  'admin:users': 'Manage users',
})

/** An API with a console in front of a real store, and a page for elements of hosts. */
export interface Harness {
  readonly url: string
  readonly tokens: TokenService
  readonly verifier: Verifier<StoredRecord>
  /** Changes the answers of the API: an outage, a delay, an ended session. */
  readonly faults: Faults
  /** Sets the clock of the server back by so many milliseconds. */
  readonly clock: { offsetMs: number }
  use(secret: string, path: string, ip?: string): Promise<boolean>
  close(): Promise<void>
}

export interface Faults {
  isSignedOut: boolean
  isForbidden: boolean
  isDown: boolean
}

export interface HarnessOptions {
  readonly framework?: 'Express' | 'Koa' | 'Hono'
  readonly policy?: TokenPolicy
  /** `null` for none. */
  readonly scopes?: Parameters<typeof createTokenService>[0]['scopes'] | null
  readonly wildcards?: boolean
  /** Options of the console. */
  readonly console?: Omit<ConsoleOptions, 'api'>
  /** Files of hosts: path, media type and text. */
  readonly pages?: ReadonlyMap<string, readonly [type: string, text: string]>
}

const POLICY: TokenPolicy = { maximumLifetimeSeconds: 365 * 86_400, defaultLifetimeSeconds: 30 * 86_400 }

export async function openHarness(database: TestDatabase, options: HarnessOptions = {}): Promise<Harness> {
  const clock = { offsetMs: 0 }
  const faults: Faults = { isSignedOut: false, isForbidden: false, isDown: false }
  const now = () => Date.now() - clock.offsetMs
  const store = sqlStore({ dialect: database.dialect() })
  await store.migrate()
  const { policy = POLICY, scopes = CATALOG, framework = 'Express', pages = new Map(), wildcards = false } = options
  const look = { ...CONSOLE, ...options.console }
  const tokens = createTokenService({
    ...{ store, format: tokenFormat({ prefix: 'acme_pat' }), policy, wildcards, clock: now },
    ...(scopes !== null && { scopes }),
    recordScopeUses: true,
  })
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'required', sink: store.audit } })
  const api = createApi({
    tokens,
    verifier,
    clock: now,
    basePath: '/api',
    onError: () => {},
    authenticate: ({ request }) => callerOf(request, faults),
  })
  await seedPrincipals(tokens)
  const server = await started(listen(MOUNTS[framework]({ ...look, api }, pages)))
  return {
    ...{ url: server.url, tokens, verifier, faults, clock },
    use: (secret, path, ip = '203.0.113.7') => use(verifier, secret, path, ip),
    async close() {
      await server.close()
      await verifier.close()
      await tokens.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

function callerOf(request: Request, faults: Faults): Caller | null {
  if (faults.isDown) throw new Error('the database is away')
  const who = /session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]
  if (who === undefined || faults.isSignedOut) return null
  const isAdmin = who === 'root' && !faults.isForbidden
  return {
    ...{ id: who, organizationId: 'acme', principalId: who },
    scopes: who === 'ada' ? ['drive:read', 'drive:write', 'drive:share', 'mail:read', 'mail:send'] : null,
    manages: isAdmin ? () => true : null,
    administers: isAdmin,
  }
}

async function seedPrincipals(tokens: TokenService): Promise<void> {
  for (const principalId of ['ada', 'root', 'zed', 'eve']) {
    await tokens.putPrincipal(ACTOR, { organizationId: 'acme', principalId, kind: 'user' })
  }
  await tokens.putPrincipal(ACTOR, { ...ROBOT, kind: 'service', ceiling: ['drive:read', 'drive:write'] })
}

/** A request to the drive: its guard requires one scope. */
async function use(verifier: Verifier<StoredRecord>, secret: string, path: string, ip: string): Promise<boolean> {
  const request = new Request(`https://api.example${path}`, {
    headers: { authorization: `Bearer ${secret}`, 'user-agent': 'backup/1.2', 'x-request-id': `req-${path.length}` },
  })
  const incoming = { request, peer: ip }
  const decision = await verifier.verify(incoming, fetchRequestReader)
  await verifier.authorize(decision, { kind: 'any', scopes: ['drive:read', 'mail:read'] }, incoming, fetchRequestReader)
  return decision.ok
}

type Pages = NonNullable<HarnessOptions['pages']>
type Mounted = RequestListener | Hono
type Look = ConsoleOptions & { readonly api: Api }

const CONSOLE = { signInUrl: '/sign-in', exampleVariable: 'ACME_TOKEN', exampleUrl: 'https://api.example/files' }

/** A host under the policy of the issue: no inline script, no inline style. */
const HOST_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"

const MOUNTS: Readonly<Record<NonNullable<HarnessOptions['framework']>, (look: Look, pages: Pages) => Mounted>> = {
  Express(look, pages) {
    const app = express()
    app.use(expressApi(look.api))
    app.use('/console', expressConsole(look))
    app.use((req, res) => {
      const [type, text] = pages.get(req.path) ?? ['text/plain', null]
      res.set('Content-Security-Policy', HOST_POLICY).type(type)
      res.status(text === null ? 404 : 200).send(text ?? 'not found')
    })
    return app
  },
  Koa(look) {
    const app = new Koa()
    app.use(koaApi(look.api))
    app.use(mount('/console', koaConsole(look)))
    return app.callback()
  },
  Hono(look) {
    const app = new Hono()
    app.use(honoApi(look.api))
    app.use('/console/*', honoConsole(look))
    return app
  },
}

function listen(app: Mounted) {
  const place = { port: 0, hostname: '127.0.0.1' }
  return app instanceof Hono ? serve({ fetch: app.fetch, ...place }) : createServer(app).listen(0, '127.0.0.1')
}
