import type { AuditEvent } from '@patkit/core'
import { DENY_REASONS } from '@patkit/core/adapter'
import { sqlStore } from '@patkit/sql'
import { type AuditFilterInput, type AuditScope, createAuditLog } from '@patkit/tokens'
import { CompiledQuery, Kysely } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { type Engine, onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { capturing } from './captured-dialect.ts'
import { type QueryPlan, queryPlan } from './query-plan.ts'

/** So many that no engine reads all of them for want of rows. */
const EVENTS = 20_000
const START = Date.UTC(2026, 0, 1)
const ORGANIZATION = { organizationId: 'org-1' }

/** A query, and the index to read it by: no result is sorted, of any size. */
const QUESTIONS: readonly (readonly [index: string, scope: AuditScope, filter: AuditFilterInput])[] = [
  ['primary', null, {}],
  ['primary', null, { from: new Date(START + 1), until: new Date(START + 5_000) }],
  ['patkit_use_organization', ORGANIZATION, {}],
  ['patkit_use_principal', { ...ORGANIZATION, principalId: 'principal-1' }, {}],
  ['patkit_use_token', null, { tokenId: 'token-1' }],
  ['patkit_use_token', null, { tokenId: 'token-1', outcome: 'denied' }],
  ['patkit_use_outcome', null, { reason: 'expired' }],
  ['patkit_use_client_ip', null, { clientIp: '10.0.0.1' }],
]

/** Few events have one id of a request: they may be sorted. */
const REQUEST: AuditFilterInput = { requestId: 'request-71' }

/** A step that reads uses by an index; by the primary key, also all of them in its order. */
const READS: Readonly<Record<Engine['name'], (index: string) => RegExp>> = {
  SQLite: (index) =>
    index === 'primary'
      ? /^(?:SEARCH patkit_use USING PRIMARY KEY \(.*|SCAN patkit_use)$/
      : new RegExp(`^SEARCH patkit_use USING INDEX ${index} \\(`),
  PostgreSQL: (index) =>
    new RegExp(`Index Scan (?:Backward )?using ${index === 'primary' ? 'patkit_use_pkey' : index} on patkit_use `),
  MariaDB: (index) => new RegExp(`^patkit_use (?:ref|range|index) ${index === 'primary' ? 'PRIMARY' : index}$`),
}

/** The step that looks for a later event of the same decision. */
const WITHDRAWALS: Readonly<Record<Engine['name'], RegExp>> = {
  SQLite: /^SEARCH later USING (?:COVERING )?INDEX patkit_use_withdraws \(/,
  PostgreSQL: /Index (?:Only )?Scan using patkit_use_withdraws on patkit_use later/,
  MariaDB: /^later ref patkit_use_withdraws$/,
}

const ANALYZE: Readonly<Record<Engine['name'], string>> = {
  SQLite: 'analyze',
  PostgreSQL: 'analyze',
  MariaDB: 'analyze table patkit_use persistent for all',
}

onEachEngine(({ name, open }) => {
  let database: TestDatabase
  let db: Kysely<unknown>

  beforeAll(async () => {
    database = await open()
    await using store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    await store.audit.write(Array.from({ length: EVENTS }, (_, n) => use(n)))
    db = new Kysely({ dialect: dialectOf(database.url) })
    await db.executeQuery(CompiledQuery.raw(ANALYZE[name]))
  })

  afterAll(async () => {
    await db.destroy()
    await database.drop()
  })

  test.each(QUESTIONS)('reads %s in its order: %j %j', async (index, scope, filter) => {
    const { steps, sorts } = await planOf(scope, filter)
    expect(steps).toEqual([expect.stringMatching(READS[name](index)), expect.stringMatching(WITHDRAWALS[name])])
    expect(sorts).toBe(false)
  })

  test('reads the events of a request by their index', async () => {
    for (const scope of [null, ORGANIZATION]) {
      const { steps } = await planOf(scope, REQUEST)
      expect(steps[0]).toContain('patkit_use_request')
    }
  })

  test('reads denials reason by reason, each by its index', async () => {
    const { steps } = await planOf(null, { outcome: 'denied' })
    const branches = steps.filter((step) => step.includes('patkit_use') && !WITHDRAWALS[name].test(step))
    expect(branches).toEqual(DENY_REASONS.map(() => expect.stringMatching(READS[name]('patkit_use_outcome'))))
  })

  /** The plan of the statement on uses: one is asked for changes beside it. */
  async function planOf(scope: AuditScope, filter: AuditFilterInput): Promise<QueryPlan> {
    const queries: CompiledQuery[] = []
    await using store = sqlStore({ dialect: capturing(database.dialect(), (query) => queries.push(query)) })
    const { items } = await createAuditLog(store.audit).list(scope, filter)
    expect(items.length).toBeGreaterThan(0)
    return queryPlan(db, name, queries.find((query) => query.sql.includes('patkit_use')) as CompiledQuery)
  }
})

function use(n: number): AuditEvent {
  return {
    id: `use-${String(n).padStart(8, '0')}`,
    at: new Date(START + n),
    kind: 'use',
    outcome: n % 37 === 0 ? 'expired' : 'allowed',
    tokenId: n % 3 === 0 ? 'token-1' : `token-${n % 400}`,
    principalId: `principal-${n % 100}`,
    organizationId: `org-${n % 10}`,
    userId: null,
    clientIp: `10.0.0.${n % 200}`,
    requiredScopes: [],
    missingScopes: [],
    request: { id: n % 2 === 0 ? null : `request-${n}`, method: 'GET', path: '/', route: null, userAgent: null },
    count: 1,
    withdraws: null,
  }
}
