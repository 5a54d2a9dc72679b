import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type KoaContextWithOIDC } from 'oidc-provider'

export interface TestProvider {
  readonly issuer: string
  /** Who signs in next, and with which claims beside `sub`. */
  person: { readonly sub: string; readonly claims?: Readonly<Record<string, unknown>> }
  /** Answers instead of the provider's own, by path. */
  readonly instead: Map<string, (res: ServerResponse) => void>
  close(): Promise<void>
}

export const CLIENT = { clientId: 'patkit', clientSecret: 'the-secret-of-the-client' } as const

/** A certified provider on loopback, in which the person of the moment signs in and consents at once. */
export async function startProvider(redirectUri: string, rpInitiatedLogout = { enabled: true }): Promise<TestProvider> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const started: TestProvider = { issuer, person: { sub: 'ada' }, instead: new Map(), close: () => closed(server) }
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL('/sign-in', redirectUri).href],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub', 'email', 'email_verified', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['a key of the test'] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx: KoaContextWithOIDC, sub) => ({
      accountId: sub,
      claims: () => ({ ...started.person.claims, sub }),
    }),
  })
  const callback = provider.callback()
  server.on('request', (req, res) => {
    const instead = started.instead.get(req.url ?? '')
    if (instead !== undefined) instead(res)
    else if (req.url?.startsWith('/interaction/')) void interact(provider, started, req, res)
    else void callback(req, res)
  })
  return started
}

async function interact(provider: Provider, { person }: TestProvider, req: IncomingMessage, res: ServerResponse) {
  const { prompt, params } = await provider.interactionDetails(req, res)
  if (prompt.name === 'login') {
    return provider.interactionFinished(req, res, { login: { accountId: person.sub, remember: false } })
  }
  const grant = new provider.Grant({ accountId: person.sub, clientId: params.client_id as string })
  grant.addOIDCScope(params.scope as string)
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } })
}

async function closed(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
