import { createVerifier, type TokenFormat, tokenFormat } from '@patkit/core'
import { joinedHeader, type RequestReader } from '@patkit/core/adapter'
import { type Actor, createTokenService, type TokenService, type TokenStore } from '@patkit/tokens'
import {
  type ImportAllOptions,
  type ImportReport,
  importAll,
  type ReadOptions,
  readForeignTokens,
} from '../../src/import/index.ts'
import { NOW } from './foreign-dumps.ts'

export const ACTOR: Actor = { id: 'operator', scopes: null }

const reader: RequestReader<string> = {
  header: (token, name) => joinedHeader(['authorization', `Bearer ${token}`], name),
  peer: () => '192.0.2.1',
  context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
}

/** A service of patkit whose API accepts tokens of another system, too. */
export interface Harness {
  readonly tokens: TokenService
  /** `allowed`, or the reason for the denial. */
  use(token: string): Promise<string>
  may(token: string, scope: string): Promise<boolean>
  run(text: string, options: ReadOptions, more?: Partial<ImportAllOptions>): Promise<ImportReport>
}

export function createHarness(store: TokenStore, format: TokenFormat): Harness {
  const clock = () => NOW
  const own = tokenFormat({ prefix: 'acme_pat' })
  const tokens = createTokenService({ store, format: [own, format], wildcards: true, clock })
  const verifier = createVerifier({ ...tokens.verifierOptions })
  return {
    tokens,
    async use(token) {
      const decision = await verifier.verify(token, reader)
      return decision.ok ? 'allowed' : decision.reason
    },
    async may(token, scope) {
      const decision = await verifier.verify(token, reader)
      return (await verifier.authorize(decision, { kind: 'all', scopes: [scope] }, token, reader)).ok
    },
    run(text, options, more = {}) {
      const open = () => readForeignTokens(bytes(text), { clock, ...options })
      return importAll({ tokens, actor: ACTOR, open, createOwners: 'user', ...more })
    },
  }
}

/** In pieces that end anywhere, inside a character as well. */
export async function* bytes(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(text)
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}
