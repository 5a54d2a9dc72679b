import { type InvalidationChannel, inProcessChannel, tokenFormat } from '@patkit/core'
import { type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService, type TokenService } from '@patkit/tokens'
import type { TestDatabase } from '../servers/test-database.ts'

export const OWNER = { organizationId: 'acme', principalId: 'ada' }
export const ACTOR = { id: 'ada', scopes: null }

/** A program on a database. */
export interface Node extends AsyncDisposable {
  readonly store: SqlStore
  readonly tokens: TokenService
  /** Makes tokens. @returns their ids */
  create(count: number): Promise<readonly string[]>
}

interface NodeOptions {
  readonly channel?: (store: SqlStore) => InvalidationChannel
  readonly clock?: () => number
  readonly onError?: (cause: unknown) => void
}

/** Opens a store on a database of its own pool, with its tables. */
export async function openNode(database: TestDatabase, { channel, ...options }: NodeOptions = {}): Promise<Node> {
  const store = sqlStore({ dialect: database.dialect() })
  await store.migrate()
  const tokens = createTokenService({
    store,
    format: tokenFormat({ prefix: 'acme_pat' }),
    channel: channel?.(store) ?? inProcessChannel(),
    ...options,
  })
  return {
    store,
    tokens,
    async create(count) {
      await tokens.ensurePrincipal(ACTOR, OWNER, { kind: 'user', ceiling: null })
      const made = []
      for (let index = 0; index < count; index++) {
        const { token } = await tokens.create(ACTOR, OWNER, { name: `token ${index}`, scopes: ['drive:read'] })
        made.push(token.id)
      }
      return made
    },
    async [Symbol.asyncDispose]() {
      await tokens.close()
      await store[Symbol.asyncDispose]()
    },
  }
}
