import { hash } from 'node:crypto'
import type { TokenRecord } from '@patkit/core'
import type { Decision, RequestReader } from '@patkit/core/adapter'
import type { Context } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import passport from 'passport'
import { Strategy } from 'passport-http-bearer'
import prefixedApiKey from 'prefixed-api-key'
// The built package, as users run it: what loads TypeScript sources wraps every closure.
import { createVerifier } from '../../../packages/core/dist/index.js'
import { recordOf } from '../harness/record.ts'
import { format } from '../own-verifier.ts'
import type { Peer } from './peer.ts'

const TOKENS = 1_000
/** Fewer than patkit remembers of unknown tokens. */
const UNKNOWN = 500
/** More than it remembers, so that none of them is known when it comes again. */
const NEW = 20_000

interface Tokens {
  readonly values: readonly string[]
  readonly unknownValues: readonly string[]
  readonly newValues: readonly string[]
  readonly records: ReadonlyMap<string, ReturnType<typeof recordOf>>
}

export async function opaqueTokenPeers(): Promise<Peer[]> {
  const minted = Array.from({ length: TOKENS }, () => format.mint())
  const tokens: Tokens = {
    values: minted.map((token) => `Bearer ${token.reveal()}`),
    unknownValues: unknownValues(UNKNOWN),
    newValues: unknownValues(NEW),
    records: new Map(minted.map((token, index) => [token.digest, recordOf(token, index)])),
  }
  return [patkit(tokens), honoBearerAuth(tokens), passportHttpBearer(tokens), await prefixedApiKeys()]
}

function unknownValues(count: number): string[] {
  return Array.from({ length: count }, () => `Bearer ${format.mint().reveal()}`)
}

const reader: RequestReader<string> = {
  header: (value) => value,
  peer: () => '::ffff:127.0.0.1',
  context: () => ({ id: null, method: 'GET', path: '/files', route: '/files', userAgent: null }),
}

function patkit({ records, ...values }: Tokens): Peer {
  const verifier = createVerifier({
    format,
    resolve: (digest) => records.get(digest) ?? null,
    cacheTtlSeconds: 3_600,
  })
  return {
    name: 'patkit',
    packages: [],
    configuration: 'createVerifier({ format, resolve: (digest) => records.get(digest) ?? null })',
    present: (value) => verifier.verify(value, reader),
    isAllowed: (decision) => (decision as Decision<TokenRecord>).ok,
    ...values,
  }
}

function honoBearerAuth({ records, ...values }: Tokens): Peer {
  const middleware = bearerAuth({ verifyToken: (token) => records.has(hash('sha256', token, 'hex')) })
  const next = async () => {}
  return {
    name: 'hono bearerAuth',
    packages: ['hono'],
    configuration: "bearerAuth({ verifyToken: (token) => records.has(hash('sha256', token, 'hex')) })",
    present: (value) => middleware({ req: { header: () => value } } as unknown as Context, next),
    isAllowed: () => true,
    ...values,
  }
}

function passportHttpBearer({ records, ...values }: Tokens): Peer {
  passport.use(new Strategy((token, done) => done(null, records.get(hash('sha256', token, 'hex')) ?? false)))
  const middleware = passport.authenticate('bearer', { session: false })
  const response = { setHeader() {}, end() {} }
  const present = (authorization: string) => {
    let passed = false
    middleware({ headers: { authorization } }, response, () => {
      passed = true
    })
    return passed
  }
  return {
    name: 'passport-http-bearer',
    packages: ['passport', 'passport-http-bearer'],
    configuration:
      "new Strategy((token, done) => done(null, records.get(hash('sha256', token, 'hex')) ?? false)), authenticate('bearer', { session: false })",
    present,
    isAllowed: (passed) => passed === true,
    ...values,
  }
}

async function prefixedApiKeys(): Promise<Peer> {
  const { checkAPIKey, extractShortToken, generateAPIKey } = prefixedApiKey
  const hashes = new Map<string, string>()
  const values: string[] = []
  for (let index = 0; index < TOKENS; index++) {
    const { shortToken = '', longTokenHash = '', token = '' } = await generateAPIKey({ keyPrefix: 'acme' })
    hashes.set(shortToken, longTokenHash)
    values.push(`Bearer ${token}`)
  }
  const others = await Promise.all(Array.from({ length: TOKENS }, () => generateAPIKey({ keyPrefix: 'acme' })))
  return {
    name: 'prefixed-api-key',
    packages: ['prefixed-api-key'],
    configuration: 'checkAPIKey(token, hashes.get(extractShortToken(token)))',
    present: (value) => {
      const token = value.slice('Bearer '.length)
      const expected = hashes.get(extractShortToken(token))
      return expected !== undefined && checkAPIKey(token, expected)
    },
    isAllowed: (result) => result === true,
    values,
    unknownValues: others.map(({ token }) => `Bearer ${token}`),
  }
}
