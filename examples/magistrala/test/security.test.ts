import { digestToken } from '@patkit/core'
import { type LoggedEvent, memoryStore } from '@patkit/tokens'
import { expect, test, vi } from 'vitest'
import { DOMAIN, USER } from '../src/people.ts'
import { openHarness, type TestHarness } from './harness.ts'

const CHANNEL = `/domains/${DOMAIN}/channels/c1`
const READ = { entity_type: 'channels', entity_id: 'c1', operation: 'read', optional_domain_id: DOMAIN }
const READ_ALL = { ...READ, entity_id: '*' }

test('no answer holds a digest, and a digest opens nothing', async () => {
  const harness = await openHarness()
  const { id, secret } = await create(harness, [READ])
  const digest = digestToken(secret)
  const answers = [
    await ask(harness, 'GET /pats'),
    await ask(harness, `GET /pats/${id}`),
    await ask(harness, `PATCH /pats/${id}/name`, { name: 'b' }),
    await ask(harness, `PATCH /pats/${id}/description`, { description: 'b' }),
    await ask(harness, `GET /pats/${id}/scope`),
  ]
  for (const { status, text } of answers) {
    expect(status).toBe(200)
    for (const part of [secret, digest, 'digest', 'hash']) expect(text).not.toContain(part)
  }
  for (const bearer of [digest, `pat_${digest}`, `v1:${digest}`]) {
    expect((await ask(harness, `GET ${CHANNEL}`, undefined, bearer)).status).not.toBe(200)
  }
})

test('every use is recorded before any answer', async () => {
  const harness = await openHarness()
  const { id, secret } = await create(harness, [READ])
  const outcomes = async () => (await uses(harness, id)).map(({ kind, outcome }) => [kind, outcome])
  await ask(harness, `GET ${CHANNEL}`, undefined, secret)
  expect(await outcomes()).toEqual([['use', 'allowed']])
  await ask(harness, `DELETE ${CHANNEL}`, undefined, secret)
  await ask(harness, 'GET /pats', undefined, secret)
  await ask(harness, `PATCH /pats/${id}/secret/revoke`)
  await ask(harness, `GET ${CHANNEL}`, undefined, secret)
  expect(await outcomes()).toEqual([
    ['use', 'allowed'],
    ['use', 'allowed'],
    ['refused', 'insufficient_scope'],
    ['use', 'allowed'],
    ['refused', 'insufficient_scope'],
    ['use', 'revoked'],
  ])
  const { items } = await harness.tokens.audit.list(USER, { limit: 100 })
  expect(JSON.stringify(items)).not.toContain(secret)
  expect(JSON.stringify(items)).not.toContain(digestToken(secret))
})

test('while the log cannot be written, nothing is answered but 503', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  let isFull = false
  const { audit, ...rest } = memoryStore()
  const write: typeof audit.write = async (events) => {
    if (isFull) throw new Error('the disk is full')
    return audit.write(events)
  }
  const harness = await openHarness({ ...rest, audit: { ...audit, write } })
  const { secret } = await create(harness, [READ])
  isFull = true
  const asked = [await ask(harness, `GET ${CHANNEL}`, undefined, secret), await ask(harness, 'GET /pats')]
  expect(asked.map(({ status }) => status)).toEqual([503, 503])
  isFull = false
  expect((await ask(harness, `GET ${CHANNEL}`, undefined, secret)).status).toBe(200)
})

test('scopes that are added, removed and cleared at the same time leave no row under another', async () => {
  const harness = await openHarness()
  const { id } = await create(harness, [READ])
  const narrow = Array.from({ length: 8 }, (_, n) => ({ ...READ, entity_id: `c${n}` }))
  const added = await Promise.all(
    [READ_ALL, ...narrow].map((scope) => ask(harness, `PATCH /pats/${id}/scope/add`, { scopes: [scope] })),
  )
  expect(added[0]?.status).toBe(200)
  for (const { status } of added) expect([200, 409]).toContain(status)
  expect(JSON.parse((await ask(harness, `GET /pats/${id}/scope`)).text).scopes).toMatchObject([{ entity_id: '*' }])
})

test('a user who is disabled stops, with login and PATs, and both come back', async () => {
  const harness = await openHarness()
  const { secret } = await create(harness, [READ])
  const statuses = async () => [
    (await ask(harness, `GET ${CHANNEL}`)).status,
    (await ask(harness, 'GET /pats')).status,
    (await ask(harness, `GET ${CHANNEL}`, undefined, secret)).status,
  ]
  expect(await statuses()).toEqual([200, 200, 200])
  const actor = { id: 'operator', scopes: null }
  await harness.tokens.putPrincipal(actor, { ...USER, kind: 'user', disabledAt: new Date(0), ceiling: null })
  expect(await statuses()).toEqual([401, 401, 401])
  await harness.tokens.putPrincipal(actor, { ...USER, kind: 'user', disabledAt: null, ceiling: null })
  expect(await statuses()).toEqual([200, 200, 200])
})

test('a login ends after twelve hours, and one that another key has signed never begins', async () => {
  const harness = await openHarness()
  const login = harness.names.get('user') as string
  const foreign = (await openHarness()).names.get('user') as string
  expect((await ask(harness, 'GET /pats', undefined, foreign)).status).toBe(401)
  await harness.setClock('2026-03-01T20:59:59Z')
  expect((await ask(harness, 'GET /pats', undefined, login)).status).toBe(200)
  await harness.setClock('2026-03-01T21:00:00Z')
  expect((await ask(harness, 'GET /pats', undefined, login)).status).toBe(401)
})

test('a message of more than 64 KiB is refused', async () => {
  const harness = await openHarness()
  expect((await ask(harness, `POST ${CHANNEL}/messages`, { v: 'x'.repeat(65_536) })).status).toBe(413)
})

test('the OpenAPI document has every call, and scopes as members', async () => {
  const { paths, components } = JSON.parse((await ask(await openHarness(), 'GET /openapi.json')).text)
  const calls = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect(calls.sort()).toEqual(CALLS)
  expect(Object.keys(components.schemas.PAT.properties)).toContain('last_used_at')
  const { schema } = paths['/pats/{id}/scope/add'].patch.requestBody.content['application/json']
  expect(Object.keys(schema.properties.scopes.items.properties)).toContain('entity_type')
})

const CALLS = [
  'delete /pats',
  'delete /pats/{id}',
  'delete /pats/{id}/scope',
  'get /pats',
  'get /pats/{id}',
  'get /pats/{id}/scope',
  'patch /pats/{id}/description',
  'patch /pats/{id}/name',
  'patch /pats/{id}/scope/add',
  'patch /pats/{id}/scope/remove',
  'patch /pats/{id}/secret/reset',
  'patch /pats/{id}/secret/revoke',
  'post /pats',
]

async function create(
  harness: TestHarness,
  scopes: readonly object[],
): Promise<{ readonly id: string; readonly secret: string }> {
  return JSON.parse((await ask(harness, 'POST /pats', { name: 'a', duration: '24h', scopes })).text)
}

async function uses({ tokens }: TestHarness, tokenId: string) {
  const { items } = await tokens.audit.list(USER, { tokenId, limit: 100 })
  return items.filter(isUse).toReversed()
}

async function ask({ send, names }: TestHarness, request: string, body?: object, token = names.get('user') as string) {
  const [method = '', path] = request.split(' ')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await send(new Request(`http://localhost${path}`, init))
  return { status: response.status, text: await response.text() }
}

function isUse(event: LoggedEvent): event is Exclude<LoggedEvent, { readonly kind: 'change' }> {
  return event.kind !== 'change'
}
