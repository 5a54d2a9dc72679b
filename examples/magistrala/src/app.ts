import { createApi, honoApi } from '@patkit/api'
import { createVerifier, type InvalidationChannel, inProcessChannel } from '@patkit/core'
import { patAuth } from '@patkit/hono'
import { createTokenService, type TokenService, type TokenStore } from '@patkit/tokens'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { callers } from './callers.ts'
import { type EntityList, entities } from './entities.ts'
import { format } from './format.ts'
import { createLogins, type Logins } from './logins.ts'
import { messages } from './messages.ts'
import { USER } from './people.ts'
import { answerDenial, answerFault, nothingHere, requireMember, tooLarge } from './refusals.ts'
import { magistralaShape } from './shape.ts'

export interface Magistrala {
  readonly app: Hono
  readonly tokens: TokenService
  readonly logins: Logins
  readonly entities: EntityList
  close(): Promise<void>
}

const LARGEST_BODY = 64 * 1_024

/** Makes the system on a store. Does no I/O. */
export function createMagistrala(
  store: TokenStore,
  clock: () => number,
  channel: InvalidationChannel = inProcessChannel(),
): Magistrala {
  const tokens = createTokenService({ store, channel, format, wildcards: true, widestScopesOnly: true, clock })
  const logins = createLogins(tokens, USER.organizationId, clock)
  const verifier = createVerifier({
    ...tokens.verifierOptions,
    format: [...tokens.verifierOptions.format, logins.format],
    // An answer waits until the use that it answers is on record.
    audit: { mode: 'required', sink: store.audit },
  })
  const api = createApi({ tokens, authenticate: callers(verifier), shape: magistralaShape, clock })

  const kept: EntityList = new Map()
  const app = new Hono()
  app.use(honoApi(api))
  const limit = bodyLimit({ maxSize: LARGEST_BODY, onError: tooLarge })
  app.use('/domains/:domain/*', patAuth(verifier, { onDeny: answerDenial }), requireMember, limit)
  app.route('/domains', messages())
  app.route('/domains', entities(kept))
  app.notFound(nothingHere)
  app.onError(answerFault)
  return {
    app,
    tokens,
    logins,
    entities: kept,
    async close() {
      await verifier.close()
      await tokens.close()
    },
  }
}
