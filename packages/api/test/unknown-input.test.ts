import {
  callerTokens,
  createApi,
  createForwardAuth,
  expressApi,
  honoApi,
  JSON_SHAPE,
  koaApi,
  listTokens,
  NOTHING,
  nativeShape,
  route,
  tokenCallers,
} from '@patkit/api'
import { actingAs } from '@patkit/core/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ask, createHarness, PERMITTED } from './harness.ts'

const harness = await createHarness()
const verifier = actingAs({ id: 't', scopes: [] })
const api = { tokens: harness.tokens, authenticate: () => null }
const callers = { verifier, callerOf: () => null, scopeOf: () => null }
const row = {
  ...({
    id: 'list',
    method: 'get',
    path: '/list',
    summary: 'a',
    status: 200,
    access: callerTokens,
    params: NOTHING,
  } as const),
  ...{ query: z.object({ limit: z.string().optional() }), body: null, answer: z.object({}) },
  ...{ operation: listTokens, input: () => ({}), output: () => ({}) },
}

const BUILT: readonly (readonly [name: string, option: string, build: () => unknown])[] = [
  ['createApi', 'basepath', () => createApi({ ...api, basepath: '/api' } as never)],
  ['createApi, undefined', 'trustedOrigins', () => createApi({ ...api, trustedOrigins: undefined } as never)],
  ['createApi, origins', 'origins', () => createApi({ ...api, origins: 'https://a.example' } as never)],
  ['createApi, onError', 'onError', () => createApi({ ...api, onError: 'log' } as never)],
  ['createApi, clock', 'clock', () => createApi({ ...api, clock: 7 } as never)],
  ['a shape', 'shape.basePath', () => createApi({ ...api, shape: { ...nativeShape(), basePath: '/' } as never })],
  ['createForwardAuth', 'scope', () => createForwardAuth({ verifier, scope: ['a'] } as never)],
  [
    'original',
    'original.url',
    () => createForwardAuth({ verifier, original: { method: 'a', uri: 'b', url: 'c' } as never }),
  ],
  ['tokenCallers', 'scope', () => tokenCallers({ ...callers, scope: 'a' } as never)],
  ['tokenCallers without a verifier', 'verifier', () => tokenCallers({ ...callers, verifier: undefined as never })],
  ['tokenCallers without callerOf', 'callerOf', () => tokenCallers({ ...callers, callerOf: undefined as never })],
  ['tokenCallers without scopeOf', 'scopeOf', () => tokenCallers({ ...callers, scopeOf: 'a' as never })],
  ...[expressApi, koaApi, honoApi].flatMap((mount) => [
    [mount.name, 'basePath', () => mount(harness.api, { basePath: '/x' } as never)] as const,
    [`${mount.name}, peer`, 'peer', () => mount(harness.api, { peer: '127.0.0.1' } as never)] as const,
    [`${mount.name}, api`, 'api', () => mount({} as never)] as const,
  ]),
  ['route', 'bodyType', () => route({ ...row, bodyType: 'form' } as never)],
]

test.each(BUILT)('%s names the option %s', (_, option, build) => {
  expect(build).toThrow(TypeError)
  expect(build).toThrow(`"${option}"`)
})

test('every route refuses a parameter that it does not know, by its name, and does nothing', async () => {
  for (const { id, method, path, access, bodyKind } of harness.api.routes) {
    const own = await createHarness()
    const before = await own.everything()
    const target = path.replace('{token_id}', own.active.id).replace('{principal_id}', 'ada')
    const kind = PERMITTED[access.name]
    const type = bodyKind === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
    const body = method === 'get' ? undefined : bodyKind === 'form' ? 'token=a' : '{}'
    const answer = await ask(own, kind, method.toUpperCase(), `${target}?organization_id=other`, body, {
      'content-type': type,
    })
    expect([id, answer.status]).toEqual([id, 400])
    expect(answer.body.errors).toContainEqual({ field: 'organization_id', message: expect.any(String) })
    expect(await own.everything()).toBe(before)
  }
})

test.each(['/openapi.json', '/docs', '/docs/start.js'])('%s takes no parameters', async (path) => {
  expect((await ask(harness, 'none', 'GET', `${path}?url=https://evil.example`)).body.errors[0].field).toBe('url')
})

test('a row refuses parameters that its schema does not name, unless the schema takes them', async () => {
  const shape = (query: z.ZodObject) => ({
    ...JSON_SHAPE,
    title: 'a',
    version: '1',
    routes: [route({ ...row, query })],
  })
  const strict = await createHarness({ shape: shape(row.query) })
  expect((await ask(strict, 'user', 'GET', '/list?limt=1')).body.errors[0].field).toBe('limt')
  const loose = await createHarness({ shape: shape(z.looseObject({})) })
  expect((await ask(loose, 'user', 'GET', '/list?limt=1')).status).toBe(200)
})

test.each([
  ['/%6danage/tokens'],
  ['/manage/%74okens'],
  ['/manage/tokens%5c'],
  ['/manage/x%2f..%2ftokens'],
  ['/manage/..;/tokens'],
  ['/manage/tokens/%00'],
])('without a framework, %s is not there', async (path) => {
  const { status } = await harness.api.fetch(
    new Request(`http://localhost${path}`, { headers: harness.headersOf('user') }),
  )
  expect(status).toBe(404)
  expect(await harness.api.handle(new Request(`http://localhost${path}`))).toBe(null)
})
