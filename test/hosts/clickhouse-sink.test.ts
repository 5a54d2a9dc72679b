import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { AuditEvent, AuditSink } from '@patkit/core'
import { createStamps, type SinkErasure } from '@patkit/core/adapter'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bearing, createApi } from '../../packages/core/test/api.ts'
import { chdbFolder, embeddedClickhouse, noClickhouse } from '../servers/clickhouse.ts'
import { temporaryBase } from '../servers/temporary.ts'
import { useEvent } from '../stores/events.ts'
import { answeredUntilKilled } from './killed-clients.ts'
import { programOf } from './page.ts'
import { DATABASE } from './reader.ts'

interface Program {
  createUseTable(client: ClickHouseClient): Promise<void>
  clickhouseSink(client: ClickHouseClient, timeoutMs: number): AuditSink
}

/** The verifier of the page, on the engine in its own process. */
const EMBEDDED = `
import { createVerifier, tokenFormat } from '@patkit/core'
import { embeddedClickhouse } from '../../../servers/clickhouse.ts'
import { clickhouseSink, createUseTable } from './clickhouse-sink.ts'
import { findToken } from './db.ts'

const client = await embeddedClickhouse(process.env.CLICKHOUSE_FOLDER as string)
await createUseTable(client)
const audit = { mode: 'required', sink: clickhouseSink(client, 5_000), timeoutMs: 5_000 } as const
export const verifier = createVerifier({ format: tokenFormat({ prefix: 'acme_pat' }), resolve: findToken, audit })
`

const page = programOf('docs/guides/audit-sinks.md', { 'db.ts': DATABASE, 'embedded.ts': EMBEDDED }, {}, 'clickhouse')
afterAll(() => page.remove())

test('the programs of the page compile', () => expect(page.complaints).toBe(''))

describe.skipIf(chdbFolder === undefined)('a table of ClickHouse', () => {
  let folder: string
  let client: ClickHouseClient
  let sink: AuditSink
  beforeEach(async () => {
    folder = await mkdtemp(join(temporaryBase(), 'patkit-clickhouse-'))
  })
  afterEach(async () => {
    await client.close()
    await noClickhouse()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(): Promise<void> {
    const { createUseTable, clickhouseSink } = await page.load<Program>('clickhouse-sink.ts')
    client = await embeddedClickhouse(folder)
    await createUseTable(client)
    sink = clickhouseSink(client, 5_000)
  }

  async function kept(columns: string): Promise<unknown[]> {
    const query = `select ${columns} from patkit_use final order by at, id`
    return (await client.query({ query, format: 'JSONCompactEachRow' })).json()
  }

  test('has each event once, also of a batch that is written again', async () => {
    await open()
    const [first, second] = [use('ada', null, '2026-10-31T23:59:59.999Z'), use('ada', null)]
    await sink.write([first, second])
    await sink.write([first, second, use('bob', null)])
    expect(await kept("principal_id, formatDateTime(at, '%Y-%m-%d')")).toEqual([
      ['ada', '2026-10-31'],
      ['ada', '2026-11-01'],
      ['bob', '2026-11-01'],
    ])
  })

  test('has all that an event says', async () => {
    await open()
    const event = { ...use('ci', 'ada'), ...DENIED }
    await sink.write([event])
    expect(await kept('*')).toEqual([
      [
        ...['2026-11-01 00:00:00.000', event.id, 'refused', 'insufficient_scope', 'acme', 'ci', 'ada', 'token-1'],
        ...['203.0.113.9', ['drive:read', 'drive:write'], ['drive:write']],
        ...['request-1', 'GET', '/files', null, 'test', 3, DENIED.withdraws],
      ],
    ])
  })

  test('required: every answer of a process that is killed has its event', async () => {
    const answered = await answeredUntilKilled(page.pathOf('embedded.ts'), { CLICKHOUSE_FOLDER: folder })
    await open()
    const recorded = new Set((await kept('request_id')).flat())
    expect(answered.filter((id) => !recorded.has(id))).toEqual([])
  })

  test.each<[SinkErasure['events'], unknown[]]>([
    ['erase', [['ci', 'erased-1', null, null]]],
    [
      'pseudonymise',
      [
        ['erased-1', null, null, null],
        ['erased-1', 'erased-1', null, null],
        ['ci', 'erased-1', null, null],
      ],
    ],
  ])('an erasure that says %s changes the events of one principal', async (events, changed) => {
    await open()
    const concerned = [use('ada', null), use('ada', 'ada'), use('ci', 'ada')]
    const others = [use('ci', 'bob'), use('bob', null), { ...use('ada', null), organizationId: 'other' }]
    await sink.write([...concerned, ...others])
    const erasure = { organizationId: 'acme', principalId: 'ada', pseudonym: 'erased-1', events }
    await sink.erase?.(erasure)
    await sink.erase?.(erasure)
    expect(await kept('principal_id, user_id, client_ip, path')).toEqual([
      ...changed,
      ['ci', 'bob', '203.0.113.9', '/files'],
      ['bob', null, '203.0.113.9', '/files'],
      ['ada', null, '203.0.113.9', '/files'],
    ])
  })
})

describe('without a server', () => {
  async function outcomeAt(port: number): Promise<string> {
    const { clickhouseSink } = await page.load<Program>('clickhouse-sink.ts')
    const client = createClient({ url: `http://127.0.0.1:${port}`, log: { level: ClickHouseLogLevel.OFF } })
    const api = createApi({ audit: { mode: 'required', sink: clickhouseSink(client, 100), timeoutMs: 60_000 } })
    const outcome = await api.outcome(bearing(api.issue()))
    await api.verifier.close()
    await client.close()
    return outcome
  }

  test('required: a port that refuses is 503', async () => expect(await outcomeAt(1)).toBe('unavailable'))

  test('required: a port that does not answer is 503, after the time of the sink', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    expect(await outcomeAt((silent.address() as AddressInfo).port)).toBe('unavailable')
    silent.close()
  })
})

const DENIED: Partial<AuditEvent> = {
  kind: 'refused',
  outcome: 'insufficient_scope',
  requiredScopes: ['drive:read', 'drive:write'],
  missingScopes: ['drive:write'],
  count: 3,
  withdraws: '01a21eee-59fd-7000-aeed-28ea9895efd9',
}
const stamp = createStamps()

function use(principalId: string, userId: string | null, at = '2026-11-01T00:00:00Z'): AuditEvent {
  const request = { id: 'request-1', method: 'GET', path: '/files', route: null, userAgent: 'test' }
  return useEvent({ ...stamp(Date.parse(at)), principalId, userId, clientIp: '203.0.113.9', request })
}
