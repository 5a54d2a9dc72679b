import type { RequestListener } from 'node:http'
import { type Authenticate, type Caller, createApi, tokenCallers } from '@patkit/api'
import { createVerifier, type InvalidationChannel, inProcessChannel, type Verifier } from '@patkit/core'
import type { MintingFormat } from '@patkit/core/adapter'
import { createTokenService, type StoredRecord, type TokenService, type TokenStore } from '@patkit/tokens'
import { expressApp } from './express-app.ts'
import { scopes } from './scopes.ts'
import { unitShape } from './unit-shape.ts'

export interface UnitOptions {
  readonly store: TokenStore
  /** Default: the channel of this process. */
  readonly channel?: InvalidationChannel
  readonly format: MintingFormat
  readonly clock: () => number
}

export interface Unit {
  readonly listener: RequestListener
  readonly tokens: TokenService
  /** Writes the audit events that no request waits for. */
  flush(): Promise<void>
  close(): Promise<void>
}

const READING = ['GET', 'HEAD']
/** Of the ids of tokens: 1, 2, 3, … */
const SEQUENCE = 'unit/api-tokens'

export function createUnit({ store, channel = inProcessChannel(), format, clock }: UnitOptions): Unit {
  const ids = async () => String(await store.nextNumber(SEQUENCE))
  const tokens = createTokenService({ store, channel, format, scopes, ids, clock })
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'required', sink: store.audit } })
  const api = createApi({ tokens, authenticate: orgTokens(verifier), shape: unitShape, clock })
  return {
    listener: expressApp(api, verifier),
    tokens,
    flush: verifier.flush,
    async close() {
      await Promise.all([verifier.close(), tokens.close()])
    },
  }
}

/** Allows tokens with the scope. Its name has the pattern of all others: `x` reads, `x-write` writes. */
function orgTokens(verifier: Verifier<StoredRecord>): Authenticate {
  const [readers, writers] = (['api-tokens', 'api-tokens-write'] as const).map((scope) =>
    tokenCallers({ verifier, scopeOf: () => scope, callerOf }),
  ) as [Authenticate, Authenticate]
  return (arriving) => (READING.includes(arriving.request.method) ? readers : writers)(arriving)
}

/** An Org API token stands for its organization: for all its users, and with no scope that it has not itself. */
function callerOf({ id, organizationId, principalId, scopes }: Readonly<StoredRecord>): Caller {
  return {
    ...{ id: `token:${id}`, organizationId, principalId, scopes },
    manages: () => true,
    administers: false,
  }
}
