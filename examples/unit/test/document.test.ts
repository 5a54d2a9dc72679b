import { join } from 'node:path'
import { type Names, play, type Harness as RecordingHarness, scenariosOf, sendTo } from '@patkit/example-recording'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHarness, creation, type Harness, MEDIA_TYPE } from './harness.ts'
import { SENTENCES } from './sentences.ts'

/** Files of scenarios, which follow each other on one system, and the number of the last token before. */
const FILES = [
  ['create.json', 18],
  ['list.json', 20],
  ['revoke.json', 20],
] as const

const shown = new Set<string>()

/** A test that a sentence of the document is shown by. */
function shows(title: string, work: () => Promise<void>): void {
  shown.add(title)
  test(title, work)
}

describe.each(FILES)('%s', (file, lastId) => {
  let harness: Harness
  let recording: RecordingHarness

  beforeAll(async () => {
    harness = await createHarness({ lastId })
    const names: Names = new Map([['bearer', harness.bearer]])
    const { url, setClock } = harness
    recording = { names, send: sendTo(url), setClock, flush: async () => {} }
  })
  afterAll(() => harness[Symbol.asyncDispose]())

  for (const scenario of scenariosOf(join(import.meta.dirname, 'scenarios', file))) {
    shows(scenario.name, () => play(scenario, recording, {}))
  }
})

shows('create: a token is a PASETO', async () => {
  await using harness = await createHarness({ lastId: 18 })
  const { id, token } = await harness.issue('customers applications')
  expect(token).toMatch(/^v2\.public\.eyJyb2xlIjoib3JnI[\w-]+$/)
  const signed = Buffer.from(token.slice('v2.public.'.length), 'base64url')
  const claims = JSON.parse(signed.subarray(0, -64).toString())
  const exp = '2022-07-01T13:47:17.000Z'
  expect(claims).toEqual({ role: 'org', jti: id, scope: 'customers applications', exp, nonce: expect.any(String) })
})

shows('create: from its expiration on, a token is refused', async () => {
  await using harness = await createHarness()
  const { token } = await harness.issue('customers')
  const statusAt = async (instant: string) => {
    harness.setClock(instant)
    return (await harness.send({ method: 'GET', path: '/customers', headers: { authorization: `Bearer ${token}` } }))
      .status
  }
  expect(await statusAt('2022-07-01T13:47:16.999Z')).toBe(200)
  expect(await statusAt('2022-07-01T13:47:17.000Z')).toBe(401)
  const [event] = await harness.events()
  expect(event).toMatchObject({ outcome: 'expired', tokenId: '2' })
})

shows('create: a token from an address that is on its list', async () => {
  await using harness = await createHarness()
  const { token } = await harness.issue('customers', { sourceIp: '192.168.1.1,127.0.0.1' })
  const headers = { authorization: `Bearer ${token}` }
  expect((await harness.send({ method: 'GET', path: '/customers', headers })).status).toBe(200)
})

shows('create: another type, or an id of the client’s', async () => {
  await using harness = await createHarness()
  const refused = async (data: object) => {
    const { status, body } = await harness.call('POST', '/users/2/api-tokens', creation({}, data))
    return [status, body.errors[0].source.pointer]
  }
  expect(await refused({ type: 'customer' })).toEqual([409, '/data/type'])
  expect(await refused({ type: undefined })).toEqual([400, '/data/type'])
  expect(await refused({ id: '7' })).toEqual([403, '/data/id'])
})

shows('create: each attribute has its type', async () => {
  await using harness = await createHarness()
  for (const attribute of ['description', 'scope', 'expiration', 'sourceIp']) {
    for (const value of [undefined, null, 7, ['customers'], {}]) {
      if (attribute === 'sourceIp' && value === undefined) continue
      const { status, body } = await harness.call('POST', '/users/2/api-tokens', creation({ [attribute]: value }))
      expect([status, body.errors[0].source]).toEqual([400, { pointer: `/data/attributes/${attribute}` }])
    }
  }
})

shows('create: scopes have one space between them, and exist', async () => {
  await using harness = await createHarness()
  for (const scope of [
    '',
    'customers  applications',
    ' customers',
    'customers,applications',
    'customer',
    'Customers',
    '*',
  ]) {
    const { status, body } = await harness.call('POST', '/users/2/api-tokens', creation({ scope }))
    expect([scope, status, body.errors[0].source]).toEqual([scope, 400, { pointer: '/data/attributes/scope' }])
  }
})

shows('create: an expiration has an offset, and lies ahead', async () => {
  await using harness = await createHarness()
  const expiration = async (text: string) => {
    const { status, body } = await harness.call('POST', '/users/2/api-tokens', creation({ expiration: text }))
    return status === 201 ? body.data.attributes.expiration : [status, body.errors[0].source.pointer]
  }
  const refused = [400, '/data/attributes/expiration']
  expect(await expiration('2022-07-01T15:47:17+02:00')).toBe('2022-07-01T13:47:17.000Z')
  expect(await expiration('2022-07-01T13:47:17')).toEqual(refused)
  expect(await expiration('2022-02-30T13:47:17Z')).toEqual(refused)
  expect(await expiration('2022-07-01')).toEqual(refused)
  expect(await expiration('2021-07-01T08:51:09.108Z')).toEqual(refused)
})

shows('create: source addresses are addresses', async () => {
  await using harness = await createHarness()
  const sourceIp = async (text: string) => {
    const { status, body } = await harness.call('POST', '/users/2/api-tokens', creation({ sourceIp: text }))
    return status === 201 ? body.data.attributes.sourceIp : [status, body.errors[0].source.pointer]
  }
  expect(await sourceIp('192.168.1.1,2001:DB8:0::7')).toBe('192.168.1.1,2001:db8::7')
  expect(await sourceIp('::ffff:192.168.1.1')).toBe('192.168.1.1')
  for (const text of [
    '',
    ',',
    '192.168.1.1,',
    '0300.0250.1.1',
    '10.0.0.7/8',
    '10.0.0.0/8',
    '10.1',
    'fe80::1%eth0',
    'unit.co',
  ])
    expect([text, await sourceIp(text)]).toEqual([text, [400, '/data/attributes/sourceIp']])
})

shows('list: more than a page', async () => {
  await using harness = await createHarness()
  for (let made = 0; made < 5; made++) await harness.issue('customers')
  const ids = ({ data }: { data: readonly { id: string }[] }) => data.map(({ id }) => id)
  const first = await harness.call('GET', '/users/2/api-tokens?page[limit]=2')
  expect(ids(first.body)).toEqual(['2', '3'])
  const second = await harness.call('GET', first.body.links.next)
  expect(ids(second.body)).toEqual(['4', '5'])
  const third = await harness.call('GET', second.body.links.next)
  expect([ids(third.body), Object.keys(third.body)]).toEqual([['6'], ['data']])
})

shows('ids count, and none comes twice', async () => {
  await using harness = await createHarness()
  const made = await Promise.all(Array.from({ length: 12 }, () => harness.issue('customers')))
  const ids = made.map(({ id }) => id)
  expect(ids.every((id) => /^[1-9]\d*$/.test(id))).toBe(true)
  expect(new Set(ids).size).toBe(12)
})

shows('a write scope does not read', async () => {
  await using harness = await createHarness()
  const { token } = await harness.issue('customers-write')
  const headers = { authorization: `Bearer ${token}` }
  expect((await harness.send({ method: 'GET', path: '/customers', headers })).status).toBe(403)
  const archived = await harness.send({ method: 'POST', path: '/customers/2/archive', headers })
  expect([archived.status, archived.headers.get('content-type')]).toEqual([200, MEDIA_TYPE])
  expect(archived.body.data.attributes.status).toBe('Archived')
})

test('every sentence is shown by tests that exist, or says why not', () => {
  const missing = SENTENCES.flatMap(({ tests }) => tests.filter((title) => !shown.has(title)))
  expect(missing).toEqual([])
  const silent = SENTENCES.filter(({ tests, untested = '' }) => (tests.length === 0) === (untested === ''))
  expect(silent.map(({ says }) => says)).toEqual([])
})

test('every test of the document shows a sentence', () => {
  const needed = new Set(SENTENCES.flatMap(({ tests }) => tests))
  const steps = [...shown].filter((title) => !needed.has(title) && !title.endsWith(' token to begin with'))
  expect(steps).toEqual([])
})
