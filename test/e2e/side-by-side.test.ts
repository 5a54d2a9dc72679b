import { afterAll, expect, test } from 'vitest'
import { ENGINES } from '../servers/engine.ts'
import { cleanUp, startExample, temporaryFolder } from './example-program.ts'
import { printedCalls, sent } from './printed-calls.ts'

afterAll(cleanUp)

interface Introduction {
  readonly url: string
  readonly credentials: Readonly<Record<string, string>>
  readonly routes: Readonly<Record<string, string>>
}

/** How a token is made, used and listed in one of the systems. All of them are called alike. */
interface System {
  readonly name: string
  readonly create: (introduction: Introduction) => Call
  readonly secretOf: (answer: Json) => string
  readonly idOf: (answer: Json) => string
  /** A request that the token may make. */
  readonly use: (introduction: Introduction) => Call
  readonly list: (introduction: Introduction) => Call
}

interface Call {
  readonly method: string
  readonly path: string
  readonly credential?: string | undefined
  readonly body?: object
  readonly mediaType?: string
}

// biome-ignore lint/suspicious/noExplicitAny: each system has a form of its own
type Json = any

const NAME = 'the same in all'
const JSON_API = 'application/vnd.api+json'

const SYSTEMS: readonly System[] = [
  {
    name: 'eunifyer',
    create: ({ credentials: { admin, servicePrincipalId, userId } }) => ({
      method: 'POST',
      path: `/api/v1/developer/service-principals/${servicePrincipalId}/tokens`,
      credential: admin,
      body: { name: NAME, scopes: ['drive:read'], user_id: userId },
    }),
    secretOf: ({ secret }) => secret,
    idOf: ({ id }) => id,
    use: () => ({ method: 'GET', path: '/api/v1/drive/browse' }),
    list: ({ credentials: { admin, servicePrincipalId } }) => ({
      method: 'GET',
      path: `/api/v1/developer/service-principals/${servicePrincipalId}/tokens?limit=100`,
      credential: admin,
    }),
  },
  {
    name: 'justiam',
    create: ({ credentials: { userJwt } }) => ({
      method: 'POST',
      path: '/api/v1/me/tokens',
      credential: userJwt,
      body: { name: NAME, expires_in_days: 1 },
    }),
    secretOf: ({ token }) => token,
    idOf: ({ id }) => id,
    use: () => ({ method: 'GET', path: '/api/v1/me/tokens' }),
    list: ({ credentials: { userJwt } }) => ({
      method: 'GET',
      path: '/api/v1/me/tokens?limit=100',
      credential: userJwt,
    }),
  },
  {
    name: 'magistrala',
    create: ({ credentials: { user, domainId } }) => ({
      method: 'POST',
      path: '/pats',
      credential: user,
      body: {
        name: NAME,
        duration: '1h',
        scopes: [{ optional_domain_id: domainId, entity_type: 'channels', entity_id: '*', operation: 'read' }],
      },
    }),
    secretOf: ({ secret }) => secret,
    idOf: ({ id }) => id,
    use: ({ credentials: { domainId } }) => ({
      method: 'GET',
      path: `/domains/${domainId}/channels/cfbc6936-5748-4339-a8ef-37b64b02bc96`,
    }),
    list: ({ credentials: { user } }) => ({ method: 'GET', path: '/pats?limit=100', credential: user }),
  },
  {
    name: 'unit',
    create: ({ credentials: { token, userId } }) => ({
      method: 'POST',
      path: `/users/${userId}/api-tokens`,
      credential: token,
      mediaType: JSON_API,
      body: {
        data: {
          type: 'apiToken',
          attributes: { description: NAME, scope: 'customers', expiration: '2099-01-01T00:00:00Z' },
        },
      },
    }),
    secretOf: ({ data }) => data.attributes.token,
    idOf: ({ data }) => data.id,
    use: () => ({ method: 'GET', path: '/customers' }),
    list: ({ credentials: { token, userId } }) => ({
      method: 'GET',
      path: `/users/${userId}/api-tokens`,
      credential: token,
    }),
  },
]

const postgres = ENGINES.find(({ name }) => name === 'PostgreSQL')

test.each([
  ['magistrala', 'Delete all PATs', /^Use a PAT/],
  ['justiam', 'Service accounts cannot log in', /^Use (?:a PAT|one)/],
  ['eunifyer', 'The audit log', /^(?:Use|List)/],
  ['unit', 'No token', /^A route/],
] as const)('tokens that %s has printed stay valid when it is started a second time', async (name, last, uses) => {
  const start = ['--port', '0', '--data', await temporaryFolder()]
  const calls = await printedCalls(startExample(name, ...start), last)
  const beside = startExample(name, ...start)
  const others = await printedCalls(beside, last)
  for (const { heading, line, status } of [...calls, ...others].filter((call) => uses.test(call.heading))) {
    expect(await sent(line), heading).toBe(status)
  }
  expect(calls.filter(({ heading }) => uses.test(heading)).length).toBeGreaterThan(0)
})

test.skipIf(postgres?.missing !== false)('four systems share a database, and see nothing of each other', async () => {
  const database = await (postgres as (typeof ENGINES)[number]).open()
  const programs = SYSTEMS.map(({ name }) => startExample(name, '--json', '--port', '0', '--db', database.url))
  const introductions = await Promise.all(programs.map(async (program) => JSON.parse(await program.nextLine())))
  const running = SYSTEMS.map((system, index) => ({ system, introduction: introductions[index] as Introduction }))

  const made = await Promise.all(
    running.map(async ({ system, introduction }) => {
      const created = await send(introduction, system.create(introduction))
      expect(created.status, created.text).toBe(201)
      return { of: system.name, id: system.idOf(created.json), secret: system.secretOf(created.json) }
    }),
  )
  for (const { system, introduction } of running) {
    for (const { of, secret } of made) {
      const used = await send(introduction, { ...system.use(introduction), credential: secret })
      expect([system.name, of, used.status]).toEqual([system.name, of, of === system.name ? 200 : 401])
    }
    const { text } = await send(introduction, system.list(introduction))
    for (const { of, id, secret } of made) {
      expect([of, text.includes(`"${id}"`)]).toEqual([of, of === system.name])
      expect(text).not.toContain(secret)
    }
  }
  for (const program of programs) expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  await database.drop()
})

async function send({ url }: Introduction, { method, path, credential, body, mediaType }: Call) {
  const headers = {
    authorization: `Bearer ${credential}`,
    ...(body !== undefined && { 'content-type': mediaType ?? 'application/json' }),
  }
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, json: response.ok ? JSON.parse(text) : null }
}
