import { randomBytes } from 'node:crypto'
import { type Example, runExample } from '@patkit/example-program'
import type { TokenStore } from '@patkit/tokens'
import { demoTokens } from './demo-tokens.ts'
import { documentCalls } from './document-calls.ts'
import { newKeys } from './issuer.ts'
import { createJustiam, type Justiam } from './justiam.ts'
import { ownerOf, USERS } from './users.ts'

const JUSTIAM: Example = {
  name: 'justiam',
  choices: {},
  open({ store, channel, json, clock }) {
    const password = randomBytes(9).toString('base64url')
    const system = createJustiam({ store, channel, clock, keys: newKeys(), password, onError: console.error })
    return {
      listener: system.listener,
      async introduce(url) {
        await system.directory.reset()
        const data = { url, credentials: await credentials(system), routes: routesOf(system) }
        return { data, text: json ? '' : await greeting(url, store, data.credentials, password) }
      },
      console: {
        ...{ tokens: system.tokens, person: ownerOf(USERS.admin) },
        look: { title: 'JustIAM', language: 'en', columns: ['name', 'status', 'created', 'ends', 'lastUsed'] },
      },
      close: system.close,
    }
  },
}

export function run(args: readonly string[]): Promise<void> {
  return runExample(JUSTIAM, args)
}

/** Those of the document's placeholders that are known at the start. */
async function credentials({ issuer }: Justiam) {
  return {
    userJwt: await issuer.sign(USERS.user.id),
    adminJwt: await issuer.sign(USERS.admin.id),
    userId: USERS.user.id,
    serviceAccountId: USERS.serviceAccount.id,
  }
}

function routesOf({ api }: Justiam): Readonly<Record<string, string>> {
  const table = api.routes.map(({ id, method, path }) => [id, `${method.toUpperCase()} ${api.basePath}${path}`])
  return {
    ...Object.fromEntries(table),
    listUsers: 'GET /api/v1/users',
    withdrawPermission: 'DELETE /api/v1/users/{id}/permissions/{permission}',
    disableUser: 'POST /api/v1/users/{id}/disable',
    login: 'POST /api/v1/login',
  }
}

async function greeting(
  url: string,
  store: TokenStore,
  { userJwt, adminJwt }: Awaited<ReturnType<typeof credentials>>,
  password: string,
): Promise<string> {
  const calls = documentCalls(url, { userJwt, adminJwt, password, ...(await demoTokens(store)) })
  return [
    `JustIAM listens on ${url}. ${USERS.user.username} is a user, ${USERS.admin.username} has every permission, and`,
    `${USERS.serviceAccount.username} is a service account. Paste the document's calls into another terminal.`,
    '',
    calls,
    '',
  ].join('\n')
}
