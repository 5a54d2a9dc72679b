import { describe, expect, test } from 'vitest'
import { ACTOR, bearing, createHarness, creation, ELSEWHERE, type Harness, MEDIA_TYPE, type Sent } from './harness.ts'

const TOKENS = '/users/2/api-tokens'
const ATTRIBUTES = '/data/attributes'

type Refusal = readonly [what: string, body: unknown, status: number, pointer: string | null]

const REFUSED: readonly Refusal[] = [
  ['a body that is no JSON', '{', 400, ''],
  ['a list', [], 400, ''],
  ['no data', {}, 400, '/data'],
  ['data that is a list', { data: [] }, 400, '/data'],
  ['another type', creation({}, { type: 'customer' }), 409, '/data/type'],
  ['an id of the client’s', creation({}, { id: '7' }), 403, '/data/id'],
  ['an id that is null', creation({}, { id: null }), 403, '/data/id'],
  ['no attributes', creation({}, { attributes: undefined }), 400, ATTRIBUTES],
  ['relationships', creation({}, { relationships: {} }), 400, '/data/relationships'],
  ['a member beside data', { ...creation({}), meta: {} }, 400, '/meta'],
  ['resources, which are not offered', creation({ resources: [] }), 400, `${ATTRIBUTES}/resources`],
  ['an owner of the client’s choice', creation({ userId: '1' }), 400, `${ATTRIBUTES}/userId`],
  ['a token of the client’s choice', creation({ token: 'v2.public.A' }), 400, `${ATTRIBUTES}/token`],
  ['a name with a slash in it', creation({ 'a/b~c': 1 }), 400, `${ATTRIBUTES}/a~1b~0c`],
  [
    'a prototype',
    JSON.stringify(creation({ proto: {} })).replace('proto', '__proto__'),
    400,
    `${ATTRIBUTES}/__proto__`,
  ],
  ['an empty description', creation({ description: '' }), 400, `${ATTRIBUTES}/description`],
  ['a description that is too long', creation({ description: 'a'.repeat(501) }), 400, `${ATTRIBUTES}/description`],
  ['control characters', creation({ description: 'a\u0000b' }), 400, `${ATTRIBUTES}/description`],
  ['no scope', creation({ scope: undefined }), 400, `${ATTRIBUTES}/scope`],
  ['a scope that is not there', creation({ scope: 'customers admin' }), 400, `${ATTRIBUTES}/scope`],
  ['no expiration', creation({ expiration: undefined }), 400, `${ATTRIBUTES}/expiration`],
  ['an expiration that has passed', creation({ expiration: '2020-01-01T00:00:00Z' }), 400, `${ATTRIBUTES}/expiration`],
  ['a space in sourceIp', creation({ sourceIp: '192.168.1.1, 192.168.1.2' }), 400, `${ATTRIBUTES}/sourceIp`],
  ['an octal address', creation({ sourceIp: '0177.0.0.1' }), 400, `${ATTRIBUTES}/sourceIp`],
  ['a range with host bits', creation({ sourceIp: '10.0.0.7/8' }), 400, `${ATTRIBUTES}/sourceIp`],
  ['too much', `"${'a'.repeat(70_000)}"`, 413, null],
]

describe('a token is not made of', () => {
  test.each(REFUSED)('%s', async (_, body, status, pointer) => {
    await using harness = await createHarness()
    const before = await harness.everything()
    const answer = await harness.call('POST', TOKENS, body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, MEDIA_TYPE])
    for (const error of answer.body.errors) {
      expect(error).toMatchObject({ status: String(status), title: expect.any(String), detail: expect.any(String) })
    }
    if (pointer !== null) expect(answer.body.errors[0].source).toEqual({ pointer })
    expect(await harness.everything()).toBe(before)
  })
})

test('each member that is to blame has an error of its own', async () => {
  await using harness = await createHarness()
  const { body } = await harness.call('POST', TOKENS, creation({ description: 7, scope: '', expiration: 'soon' }))
  const pointers = body.errors.map((error: { source: { pointer: string } }) => error.source.pointer)
  expect(pointers).toEqual([`${ATTRIBUTES}/description`, `${ATTRIBUTES}/scope`, `${ATTRIBUTES}/expiration`])
})

test('a parameter that is not there, or not a number, is named as one', async () => {
  await using harness = await createHarness()
  const source = async (query: string) => (await harness.call('GET', `${TOKENS}?${query}`)).body.errors[0].source
  expect(await source('sort=name')).toEqual({ parameter: 'sort' })
  expect(await source('page[limit]=101')).toEqual({ parameter: 'page[limit]' })
  expect(await source('page[offset]=-1')).toEqual({ parameter: 'page[offset]' })
  expect(await source('page[limit]=1&page[limit]=2')).toEqual({ parameter: 'page[limit]' })
})

test('media types other than the one of JSON:API are refused, with any body', async () => {
  await using harness = await createHarness()
  const before = await harness.everything()
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/vnd.api']) {
    const headers = { authorization: `Bearer ${harness.bearer}`, 'content-type': type }
    const { status } = await harness.send({ method: 'POST', path: TOKENS, headers, body: creation({}) })
    expect([type, status]).toEqual([type, 415])
  }
  expect(await harness.everything()).toBe(before)
})

describe('resources of another owner do not exist', () => {
  const paths = (mine: string, theirs: string) => [
    `/users/1/api-tokens/${mine}`,
    `/users/3/api-tokens/${theirs}`,
    `${TOKENS}/${theirs}`,
    `${TOKENS}/999`,
    `${TOKENS}/0`,
    `${TOKENS}/abc`,
    `${TOKENS}/%00`,
    `/users/abc/api-tokens/${mine}`,
  ]

  test('an id of another token or user', async () => {
    await using harness = await createHarness()
    const { id: mine } = await harness.issue('customers')
    const { token } = await harness.tokens.create(ACTOR, ELSEWHERE, { name: 'theirs' })
    const before = await harness.everything()
    for (const path of paths(mine, token.id)) {
      const { status, body } = await harness.call('DELETE', path)
      expect([path, status, body.errors[0].status]).toEqual([path, 404, '404'])
    }
    for (const path of ['/users/3/api-tokens', '/users/999/api-tokens', '/users/0/api-tokens'])
      for (const send of [harness.call('GET', path), harness.call('POST', path, creation({}))])
        expect([path, (await send).status]).toEqual([path, 404])
    expect(await harness.everything()).toBe(before)
  })
})

describe('callers that manage tokens', () => {
  const calls = (id: string): readonly Sent[] => [
    { method: 'POST', path: TOKENS, body: creation({}) },
    { method: 'GET', path: TOKENS },
    { method: 'DELETE', path: `${TOKENS}/${id}` },
  ]
  const statuses = async (harness: Harness, token: string, id: string) => {
    const answers: number[] = []
    for (const { body, ...call } of calls(id))
      answers.push((await harness.send({ ...call, ...bearing(token, body) })).status)
    return answers
  }

  test.each([
    ['customers', [403, 403, 403]],
    ['api-tokens', [403, 200, 403]],
    ['api-tokens-write', [403, 403, 200]],
    ['api-tokens api-tokens-write customers', [201, 200, 200]],
  ])('with %s is answered %j', async (scope, expected) => {
    await using harness = await createHarness()
    const { token } = await harness.issue(scope)
    const { id } = await harness.issue('customers')
    expect(await statuses(harness, token, id)).toEqual(expected)
  })

  test('gives away no scope that it has not', async () => {
    await using harness = await createHarness()
    const { token } = await harness.issue('api-tokens-write customers')
    const before = await harness.everything()
    const body = creation({ scope: 'customers customers-write' })
    const { status, body: answer } = await harness.send({ method: 'POST', path: TOKENS, ...bearing(token, body) })
    expect([status, answer.errors[0].source]).toEqual([403, { pointer: `${ATTRIBUTES}/scope` }])
    expect(await harness.everything()).toBe(before)
  })
})

test('a foreign address is answered like an unknown token, at both doors', async () => {
  await using harness = await createHarness()
  const { token } = await harness.issue('customers api-tokens', { sourceIp: '192.168.1.1' })
  const unknown = (await harness.format.mint({ id: '9', scopes: [], expiresAt: null })).reveal()
  for (const path of ['/customers', TOKENS]) {
    const [foreign, stranger] = await Promise.all(
      [token, unknown].map((text) => harness.send({ method: 'GET', path, ...bearing(text) })),
    )
    expect([foreign?.status, foreign?.body]).toEqual([401, stranger?.body])
    expect(foreign?.headers.get('www-authenticate')).toBe(stranger?.headers.get('www-authenticate'))
  }
})

test('every use is on record, and no token or digest in it', async () => {
  await using harness = await createHarness()
  const { token } = await harness.issue('customers')
  await harness.send({ method: 'GET', path: '/customers', ...bearing(token) })
  await harness.send({ method: 'POST', path: '/customers/1/archive', ...bearing(token) })
  await harness.call('DELETE', `${TOKENS}/2`)
  await harness.send({ method: 'GET', path: '/customers', ...bearing(token) })
  const events = await harness.events()
  const told = events
    .filter(({ tokenId }) => tokenId === '2')
    .map((event) => ('action' in event ? event.action : event.outcome))
  // The clock stands still, so that nothing is before anything else.
  expect(told.sort()).toEqual(['allowed', 'allowed', 'create', 'insufficient_scope', 'revoke', 'revoked'])
  const digest = harness.format.digests(token)[0] as string
  expect(JSON.stringify(events)).not.toContain(token.slice(-20))
  expect(JSON.stringify(events)).not.toContain(digest)
})
