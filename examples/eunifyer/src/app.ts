import { createApi, expressApi } from '@patkit/api'
import { createVerifier, type InvalidationChannel, inProcessChannel } from '@patkit/core'
import { createStamps } from '@patkit/core/adapter'
import { patAuth } from '@patkit/express'
import { createTokenService, TokenError, type TokenService, type TokenStore } from '@patkit/tokens'
import express, { type Express } from 'express'
import { callers } from './callers.ts'
import { drive } from './drive.ts'
import { format } from './format.ts'
import { createLoginLimit } from './login-limit.ts'
import { PEOPLE, type Person } from './people.ts'
import { answerProblem, nothingHere } from './problems.ts'
import { scopes } from './scopes.ts'
import { sessionRoutes } from './session-routes.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { BASE_PATH, eunifyerShape } from './shape.ts'
import { sites } from './sites.ts'

export interface Eunifyer {
  readonly app: Express
  readonly tokens: TokenService
  readonly sessions: Sessions
  close(): Promise<void>
}

export const SESSION_PATH = '/session'

/** Makes the system on a store. Does no I/O. */
export function createEunifyer(
  store: TokenStore,
  clock: () => number,
  channel: InvalidationChannel = inProcessChannel(),
): Eunifyer {
  const stamp = createStamps()
  const ids = () => `tok_${stamp(clock()).id}`
  const tokens = createTokenService({ store, channel, format, scopes, ids, clock })
  // An answer waits until the use that it answers is on record.
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'required', sink: store.audit } })
  const sessions = createSessions(PEOPLE, mayActIn(tokens), clock)
  const authenticate = callers(verifier, sessions)
  const api = createApi({ tokens, authenticate, basePath: BASE_PATH, shape: eunifyerShape, clock })

  const app = express()
  app.disable('x-powered-by')
  app.use(expressApi(api))
  app.use(`${BASE_PATH}${SESSION_PATH}`, sessionRoutes(sessions, createLoginLimit(clock)))
  app.use(patAuth(verifier))
  app.use(`${BASE_PATH}/drive`, drive())
  app.use(`${BASE_PATH}/sites`, sites())
  app.use(nothingHere, answerProblem)
  return {
    app,
    tokens,
    sessions,
    async close() {
      await verifier.close()
      await tokens.close()
    },
  }
}

/** A person is a principal as well, and it is there that one is disabled. */
function mayActIn(tokens: TokenService): (person: Person) => Promise<boolean> {
  return async ({ id, organizationId }) => {
    try {
      return (await tokens.getPrincipal({ organizationId, principalId: id })).disabledAt === null
    } catch (error) {
      if (error instanceof TokenError) return false
      throw error
    }
  }
}
