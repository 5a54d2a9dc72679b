import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'

export const NOON = Date.UTC(2026, 0, 1, 12)
export const NOON_SECONDS = NOON / 1_000
export const ISSUER = 'https://idp.example/'
export const SECRET = new Uint8Array(32).fill(7)

export interface KeyPair {
  readonly kid: string
  readonly alg: string
  readonly publicJwk: JWK
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
}

export async function keyPair(kid: string, alg = 'RS256'): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, publicJwk: await exportJWK(publicKey), privateKey }
}

/** A key as it is published; `issuer` as Microsoft Entra writes it. */
export type PublishedKey = KeyPair & { readonly issuer?: string }

/** An access token as RFC 9068 has them. `undefined` takes a claim or header out. */
export function sign(
  { kid, alg, privateKey }: Pick<KeyPair, 'kid' | 'alg'> & { readonly privateKey: KeyPair['privateKey'] | Uint8Array },
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const payload = { ...CLAIMS, ...claims }
  return new SignJWT(payload)
    .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header } as JWTHeaderParameters)
    .sign(privateKey)
}

export const SHARED = { kid: 's', alg: 'HS256', privateKey: SECRET } as const

export const CLAIMS = {
  iss: ISSUER,
  sub: 'ada',
  aud: 'api',
  exp: NOON_SECONDS + 300,
  iat: NOON_SECONDS,
  jti: 'jwt-1',
  scope: 'drive:read drive:write',
}

/** JSON that no encoder writes, such as `1e400`, signed all the same. */
export async function signText(payload: string, header: object = { alg: 'HS256', typ: 'at+jwt' }): Promise<string> {
  const { createHmac } = await import('node:crypto')
  const input = [JSON.stringify(header), payload].map((part) => Buffer.from(part).toString('base64url')).join('.')
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`
}

type Behaviour = 'answers' | 'fails' | 'hangs' | 'redirects' | 'nonsense'

/** An issuer's key set behind a real socket. */
export interface KeyServer extends AsyncDisposable {
  readonly url: string
  readonly fetches: number
  publish(...keys: readonly PublishedKey[]): void
  behave(behaviour: Behaviour): void
  /** Answers all pending requests, and later ones. */
  release(): void
  /** Closes the port; `start` opens it again. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function keyServer(...keys: readonly PublishedKey[]): Promise<KeyServer> {
  let published: readonly PublishedKey[] = keys
  let behaviour: Behaviour = 'answers'
  let fetches = 0
  let port = 0
  let hanging: ServerResponse[] = []
  const answer = (response: ServerResponse) =>
    response.end(
      JSON.stringify({
        keys: published.map(({ kid, alg, publicJwk, issuer }) => ({ ...publicJwk, kid, alg, use: 'sig', issuer })),
      }),
    )
  const server = createServer((_, response) => {
    fetches++
    if (behaviour === 'answers') answer(response)
    if (behaviour === 'fails') response.writeHead(500).end()
    if (behaviour === 'redirects') response.writeHead(302, { location: '/other' }).end()
    if (behaviour === 'nonsense') response.end('<html>')
    if (behaviour === 'hangs') hanging.push(response)
  })
  const start = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await start()
  port = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    get fetches() {
      return fetches
    },
    publish(...next) {
      published = next
    },
    behave(next) {
      behaviour = next
    },
    release() {
      behaviour = 'answers'
      hanging.forEach(answer)
      hanging = []
    },
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  }
}
