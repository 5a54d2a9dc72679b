import { type AuditEvent, createVerifier, tokenFormat } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
import { createAuditLog, createTokenService, type LoggedEvent, memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, OWNER, principal, START } from './harness.ts'

const ELSEWHERE = { organizationId: 'other', principalId: 'eve' }

function use(n: number, change: Partial<AuditEvent> = {}): AuditEvent {
  return {
    ...OWNER,
    id: `use-${String(n).padStart(6, '0')}`,
    at: new Date(START + n),
    kind: 'use',
    outcome: 'allowed',
    tokenId: 'token',
    userId: null,
    clientIp: '2001:db8::7',
    requiredScopes: [],
    missingScopes: [],
    request: { id: null, method: 'GET', path: '/', route: null, userAgent: null },
    count: 1,
    withdraws: null,
    ...change,
  }
}

async function logOf(uses: number) {
  const store = memoryStore()
  await store.audit.write(Array.from({ length: uses }, (_, n) => use(n)))
  return { store, log: createAuditLog(store.audit) }
}

test.each([
  [{ limit: 0 }, 'limit'],
  [{ limit: 101 }, 'limit'],
  [{ cursor: 'nonsense' }, 'cursor'],
  [{ cursor: Buffer.from('["createdAt",1,"a"]').toString('base64url') }, 'cursor'],
  [{ cursor: Buffer.from('["audit",1,"a\\u0000b"]').toString('base64url') }, 'cursor'],
  [{ cursor: Buffer.from('["audit",1,"\\ud800"]').toString('base64url') }, 'cursor'],
  [{ cursor: Buffer.from(`["audit",1,"${'a'.repeat(129)}"]`).toString('base64url') }, 'cursor'],
  [{ tokenId: '' }, 'tokenId'],
  [{ tokenId: 'x'.repeat(256) }, 'tokenId'],
  [{ tokenId: 'a\0b' }, 'tokenId'],
  [{ outcome: 'good' }, 'outcome'],
  [{ reason: 'because' }, 'reason'],
  [{ reason: 'expired', outcome: 'allowed' }, 'reason'],
  [{ clientIp: '010.0.0.1' }, 'clientIp'],
  [{ clientIp: '10.0.0.0/8' }, 'clientIp'],
  [{ clientIp: '10.0.0.1', outcome: 'changed' }, 'clientIp'],
  [{ requestId: '' }, 'requestId'],
  [{ requestId: 'x'.repeat(257) }, 'requestId'],
  [{ requestId: 7 }, 'requestId'],
  [{ requestId: 'r', outcome: 'changed' }, 'requestId'],
  [{ from: new Date(Number.NaN) }, 'from'],
  [{ until: '2026-01-01' }, 'until'],
  [{ principalId: 'ada' }, 'principalId'],
])('%j is refused, naming the member', async (input, field) => {
  const { log } = await logOf(1)
  await expect(log.list(null, input as never)).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
})

test('ids as long as records may have them are asked for', async () => {
  const { store, log } = await logOf(1)
  const [organizationId, principalId, tokenId] = ['ü', '日', '𝒳'].map((character) => character.repeat(255)) as string[]
  const long = use(1, { organizationId, principalId, tokenId } as Partial<AuditEvent>)
  await store.audit.write([long])
  const scope = { organizationId, principalId } as typeof OWNER
  expect((await log.list(scope, { tokenId: tokenId as string })).items).toEqual([long])
})

test('an invalid scope is refused', async () => {
  const { log } = await logOf(1)
  await expect(log.list({ organizationId: '' })).rejects.toMatchObject({ field: 'organizationId' })
  await expect(log.list({ ...OWNER, principalId: ' ada' })).rejects.toMatchObject({ field: 'principalId' })
})

test('pages lead from the newest to the oldest', async () => {
  const { log } = await logOf(45)
  const pages: number[] = []
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await log.list(OWNER, cursor === undefined ? {} : { cursor })
    pages.push(items.length)
    ids.push(...items.map(({ id }) => id))
    cursor = next ?? undefined
  } while (cursor !== undefined)
  expect(pages).toEqual([20, 20, 5])
  expect(ids).toEqual(Array.from({ length: 45 }, (_, n) => use(44 - n).id))
})

test('a page that ends with the last event has no next one', async () => {
  const { log } = await logOf(20)
  expect((await log.list(OWNER)).next).toBeNull()
})

test('an address is found in any of its forms', async () => {
  const { log } = await logOf(3)
  expect((await log.list(null, { clientIp: '2001:0DB8:0::0007' })).items).toHaveLength(3)
})

test('a request is found by its id, also where events have it escaped', async () => {
  const { store, log } = await logOf(2)
  const request = { id: 'r\\u{1b}1', method: 'GET', path: '/', route: null, userAgent: null }
  await store.audit.write([use(2, { request })])
  expect((await log.list(null, { requestId: 'r\u001b1' })).items).toEqual([use(2, { request })])
})

test('reading gives everything once, the oldest first, however much there is', async () => {
  const { log } = await logOf(2_345)
  const read: LoggedEvent[] = []
  for await (const event of log.read(null, { until: new Date(START + 2_340) })) read.push(event)
  expect(read.map(({ id }) => id)).toEqual(Array.from({ length: 2_340 }, (_, n) => use(n).id))
})

test('pruning removes older events, returns its progress, and keeps changes', async () => {
  const { store, log } = await logOf(2_500)
  const change = {
    kind: 'change',
    action: 'secret_reused',
    actorId: 'patkit',
    tokenId: 'token',
    fields: [],
    reason: null,
    clientIp: null,
  } as const
  await store.record([{ ...OWNER, ...change, id: 'change', at: new Date(START) }])
  const steps: number[] = []
  const removed = await log.prune({ before: new Date(START + 2_400), onProgress: (so) => steps.push(so) })
  expect(removed).toBe(2_400)
  expect(steps).toEqual([1_000, 2_000, 2_400])
  expect((await log.list(null, { limit: 100 })).items).toHaveLength(100)
  expect((await log.list(null, { outcome: 'changed' })).items).toHaveLength(1)
  expect(await log.prune({ before: new Date(START + 1), part: 'changes' })).toBe(1)
  await expect(log.prune({ before: new Date(Number.NaN) })).rejects.toMatchObject({ field: 'before' })
  await expect(log.prune({ before: new Date(), part: 'all' as never })).rejects.toMatchObject({ field: 'part' })
})

test('the log of a service lists uses and changes together, each under its owner', async () => {
  const store = memoryStore()
  const format = tokenFormat({ prefix: 'acme' })
  const tokens = createTokenService({ store, format, clock: () => START })
  for (const owner of [OWNER, ELSEWHERE]) await tokens.putPrincipal(ADMIN, principal(owner))
  const { token, secret } = await tokens.create(ADMIN, OWNER, { name: 'a' })
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'required', sink: store.audit } })
  const reader: RequestReader<string> = {
    header: (presented) => `Bearer ${presented}`,
    peer: () => '192.0.2.1',
    context: () => ({ id: 'r1', method: 'GET', path: '/', route: null, userAgent: null }),
  }
  await verifier.verify(secret.reveal(), reader)
  await tokens.revoke(ADMIN, OWNER, token.id)
  await verifier.verify(secret.reveal(), reader)
  const { items } = await tokens.audit.list(OWNER, { tokenId: token.id })
  const listed = items.map((event) => (event.kind === 'change' ? event.action : event.outcome)).sort()
  expect(listed).toEqual(['allowed', 'create', 'revoke', 'revoked'])
  expect((await tokens.audit.list(ELSEWHERE)).items.map(({ kind }) => kind)).toEqual(['change'])
  expect(JSON.stringify(items)).not.toContain(secret.reveal().slice(-8))
  await verifier.close()
})

test('a flood of guesses is one event for each reason, source and minute, with their count', async () => {
  const store = memoryStore()
  const format = tokenFormat({ prefix: 'acme' })
  const tokens = createTokenService({ store, format, clock: () => START })
  const audit = { mode: 'background', sink: store.audit } as const
  const verifier = createVerifier({ ...tokens.verifierOptions, audit })
  const reader: RequestReader<number> = {
    header: () => `Bearer ${format.mint().reveal()}`,
    peer: (n) => `192.0.2.${n % 2}`,
    context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
  }
  for (let n = 0; n < 1_000; n++) await verifier.verify(n, reader)
  await verifier.flush()
  const { items } = await tokens.audit.list(null, { reason: 'unknown_token' })
  const listed = items.map((event) => (event.kind === 'change' ? null : [event.clientIp, event.count]))
  expect(listed.sort()).toEqual([
    ['192.0.2.0', 500],
    ['192.0.2.1', 500],
  ])
  await verifier.close()
})

test('pruning an organization leaves the events of all others', async () => {
  const { store, log } = await logOf(1_500)
  await store.audit.write(Array.from({ length: 10 }, (_, n) => use(10_000 + n, { ...ELSEWHERE, at: new Date(START) })))
  await store.audit.write([use(20_000, { organizationId: null, principalId: null, at: new Date(START) })])
  const before = new Date(START + 1_400)
  expect(await log.prune({ before, organizationId: OWNER.organizationId })).toBe(1_400)
  expect((await log.list({ organizationId: OWNER.organizationId }, { limit: 100 })).items).toHaveLength(100)
  expect((await log.list(null, { until: before, limit: 100 })).items).toHaveLength(11)
})

test.each([
  [{ principalId: 'ada' }, 'principalId'],
  [{ organizationID: 'acme' }, 'organizationID'],
  [{ organizationId: undefined }, 'organizationId'],
  [{ organizationId: null }, 'organizationId'],
  [{ organizationId: '' }, 'organizationId'],
  [{ onProgress: 1 }, 'onProgress'],
])('pruning with %j is refused, and removes nothing', async (input, field) => {
  const { log } = await logOf(3)
  const pruned = log.prune({ before: new Date(START + 10), ...input } as never)
  await expect(pruned).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
  expect((await log.list(null)).items).toHaveLength(3)
})

test('a scope with a member that is misspelt shows nothing', async () => {
  const { log } = await logOf(3)
  const scope = { organizationId: 'acme', principalID: 'ada' } as never
  await expect(log.list(scope)).rejects.toMatchObject({ field: 'principalID' })
  await expect(log.read(scope)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ field: 'principalID' })
})
