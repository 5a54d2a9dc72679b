import type { KeyPairKeyObjectResult } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type Api, createApi, koaApi } from '@patkit/api'
import { createVerifier, type InvalidationChannel, inProcessChannel, tokenFormat } from '@patkit/core'
import { jwtFormat } from '@patkit/jwt'
import { patAuth } from '@patkit/koa'
import { createTokenService, type TokenService, type TokenStore } from '@patkit/tokens'
import Koa from 'koa'
import { callersOf } from './callers.ts'
import { createDirectory, type Directory } from './directory.ts'
import { createIssuer, type Issuer } from './issuer.ts'
import { loginRoutes } from './login.ts'
import { permissions } from './permissions.ts'
import { answerProblem } from './problem-answer.ts'
import { justiamShape } from './shape.ts'
import { userRoutes } from './user-routes.ts'

export interface JustiamOptions {
  readonly store: TokenStore
  /** Default: the channel of this process. */
  readonly channel?: InvalidationChannel
  readonly clock: () => number
  /** With what JWTs are signed. */
  readonly keys: KeyPairKeyObjectResult
  /** With which people log in. */
  readonly password: string
  /** Receives failures that an answer does not show. */
  readonly onError: (cause: unknown) => void
}

export interface Justiam {
  readonly listener: RequestListener
  readonly api: Api
  readonly tokens: TokenService
  readonly directory: Directory
  readonly issuer: Issuer
  close(): Promise<void>
}

const DAY_SECONDS = 86_400
export const format = tokenFormat({ prefix: 'justiam_pat' })
/** The rules of tokens: JustIAM's lives, and `*` for all rights of the owner. */
export const tokenRules = {
  format,
  scopes: permissions,
  wildcards: true,
  policy: { lifetimeRequired: true, minimumLifetimeSeconds: DAY_SECONDS, maximumLifetimeSeconds: 365 * DAY_SECONDS },
} as const

/** JustIAM's token API on a store. Does no I/O. */
export function createJustiam({
  store,
  channel = inProcessChannel(),
  clock,
  keys,
  password,
  onError,
}: JustiamOptions): Justiam {
  const tokens = createTokenService({ ...tokenRules, store, channel, clock, onError })
  const directory = createDirectory(tokens, clock)
  const issuer = createIssuer(keys, clock)
  const verifier = createVerifier({
    ...tokens.verifierOptions,
    format: [format, jwtFormat({ issuers: [issuer.profileFor(directory)], clock })],
    audit: { mode: 'required', sink: store.audit },
    onError,
  })
  const authenticate = callersOf(verifier, directory)
  const api = createApi({ tokens, authenticate, clock, onError, shape: justiamShape, basePath: '/api/v1' })

  const app = new Koa()
  app.use(koaApi(api))
  app.use(loginRoutes(directory, issuer, password).routes())
  app.use(patAuth(verifier))
  app.use(userRoutes(directory).routes())
  app.use((ctx) => answerProblem(ctx, 404, 'not_found', 'Not found'))
  return {
    ...{ listener: app.callback(), api, tokens, directory, issuer },
    async close() {
      await verifier.close()
      await tokens.close()
    },
  }
}
