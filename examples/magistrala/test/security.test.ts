import { digestToken } from '@patkit/core'
import { type LoggedEvent, memoryStore } from '@patkit/tokens'
import { expect, test, vi } from 'vitest'
import { DOMAIN, USER } from '../src/people.ts'
import { openStage, type TestStage } from './stage.ts'

const CHANNEL = `/domains/${DOMAIN}/channels/c1`
const READ = { entity_type: 'channels', entity_id: 'c1', operation: 'read', optional_domain_id: DOMAIN }
const READ_ALL = { ...READ, entity_id: '*' }

test('no answer holds a digest, and a digest opens nothing', async () => {
  const stage = await openStage()
  const { id, secret } = await create(stage, [READ])
  const digest = digestToken(secret)
  const answers = [
    await ask(stage, 'GET /pats'),
    await ask(stage, `GET /pats/${id}`),
    await ask(stage, `PATCH /pats/${id}/name`, { name: 'b' }),
    await ask(stage, `PATCH /pats/${id}/description`, { description: 'b' }),
    await ask(stage, `GET /pats/${id}/scope`),
  ]
  for (const { status, text } of answers) {
    expect(status).toBe(200)
    for (const part of [secret, digest, 'digest', 'hash']) expect(text).not.toContain(part)
  }
  for (const bearer of [digest, `pat_${digest}`, `v1:${digest}`]) {
    expect((await ask(stage, `GET ${CHANNEL}`, undefined, bearer)).status).not.toBe(200)
  }
})

test('every use is recorded before any answer', async () => {
  const stage = await openStage()
  const { id, secret } = await create(stage, [READ])
  const outcomes = async () => (await uses(stage, id)).map(({ kind, outcome }) => [kind, outcome])
  await ask(stage, `GET ${CHANNEL}`, undefined, secret)
  expect(await outcomes()).toEqual([['use', 'allowed']])
  await ask(stage, `DELETE ${CHANNEL}`, undefined, secret)
  await ask(stage, 'GET /pats', undefined, secret)
  await ask(stage, `PATCH /pats/${id}/secret/revoke`)
  await ask(stage, `GET ${CHANNEL}`, undefined, secret)
  expect(await outcomes()).toEqual([
    ['use', 'allowed'],
    ['use', 'allowed'],
    ['refused', 'insufficient_scope'],
    ['use', 'allowed'],
    ['refused', 'insufficient_scope'],
    ['use', 'revoked'],
  ])
  const { items } = await stage.tokens.audit.list(USER, { limit: 100 })
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
  const stage = await openStage({ ...rest, audit: { ...audit, write } })
  const { secret } = await create(stage, [READ])
  isFull = true
  const asked = [await ask(stage, `GET ${CHANNEL}`, undefined, secret), await ask(stage, 'GET /pats')]
  expect(asked.map(({ status }) => status)).toEqual([503, 503])
  isFull = false
  expect((await ask(stage, `GET ${CHANNEL}`, undefined, secret)).status).toBe(200)
})

test('scopes that are added, removed and cleared at the same time leave no row under another', async () => {
  const stage = await openStage()
  const { id } = await create(stage, [READ])
  const narrow = Array.from({ length: 8 }, (_, n) => ({ ...READ, entity_id: `c${n}` }))
  const added = await Promise.all(
    [READ_ALL, ...narrow].map((scope) => ask(stage, `PATCH /pats/${id}/scope/add`, { scopes: [scope] })),
  )
  expect(added[0]?.status).toBe(200)
  for (const { status } of added) expect([200, 409]).toContain(status)
  expect(JSON.parse((await ask(stage, `GET /pats/${id}/scope`)).text).scopes).toMatchObject([{ entity_id: '*' }])
})

test('a user who is disabled stops, with login and PATs, and both come back', async () => {
  const stage = await openStage()
  const { secret } = await create(stage, [READ])
  const statuses = async () => [
    (await ask(stage, `GET ${CHANNEL}`)).status,
    (await ask(stage, 'GET /pats')).status,
    (await ask(stage, `GET ${CHANNEL}`, undefined, secret)).status,
  ]
  expect(await statuses()).toEqual([200, 200, 200])
  const actor = { id: 'operator', scopes: null }
  await stage.tokens.putPrincipal(actor, { ...USER, kind: 'user', disabledAt: new Date(0), ceiling: null })
  expect(await statuses()).toEqual([401, 401, 401])
  await stage.tokens.putPrincipal(actor, { ...USER, kind: 'user', disabledAt: null, ceiling: null })
  expect(await statuses()).toEqual([200, 200, 200])
})

test('a login ends after twelve hours, and one that another key has signed never begins', async () => {
  const stage = await openStage()
  const login = stage.names.get('user') as string
  const foreign = (await openStage()).names.get('user') as string
  expect((await ask(stage, 'GET /pats', undefined, foreign)).status).toBe(401)
  await stage.setClock('2026-03-01T20:59:59Z')
  expect((await ask(stage, 'GET /pats', undefined, login)).status).toBe(200)
  await stage.setClock('2026-03-01T21:00:00Z')
  expect((await ask(stage, 'GET /pats', undefined, login)).status).toBe(401)
})

test('a message of more than 64 KiB is refused', async () => {
  const stage = await openStage()
  expect((await ask(stage, `POST ${CHANNEL}/messages`, { v: 'x'.repeat(65_536) })).status).toBe(413)
})

test('the OpenAPI document has every call, and scopes as members', async () => {
  const { paths, components } = JSON.parse((await ask(await openStage(), 'GET /openapi.json')).text)
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
  stage: TestStage,
  scopes: readonly object[],
): Promise<{ readonly id: string; readonly secret: string }> {
  return JSON.parse((await ask(stage, 'POST /pats', { name: 'a', duration: '24h', scopes })).text)
}

async function uses({ tokens }: TestStage, tokenId: string) {
  const { items } = await tokens.audit.list(USER, { tokenId, limit: 100 })
  return items.filter(isUse).toReversed()
}

async function ask({ send, names }: TestStage, request: string, body?: object, token = names.get('user') as string) {
  const [method = '', path] = request.split(' ')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await send(new Request(`http://localhost${path}`, init))
  return { status: response.status, text: await response.text() }
}

function isUse(event: LoggedEvent): event is Exclude<LoggedEvent, { readonly kind: 'change' }> {
  return event.kind !== 'change'
}
