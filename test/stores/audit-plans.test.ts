import type { AuditEvent } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { type AuditFilterInput, type AuditScope, createAuditLog } from '@patkit/tokens'
import { CompiledQuery, Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { ENGINES, type TestDatabase } from '../servers/engine.ts'
import { capturing } from './captured-dialect.ts'

/** So many that no engine reads all of them for want of rows. */
const EVENTS = 20_000
const START = Date.UTC(2026, 0, 1)
const ORGANIZATION = { organizationId: 'org-1' }

/** What is asked for, and the index it is to be read by: none is sorted, whatever it finds. */
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

interface Explain {
  readonly prefix: string
  readonly analyze: string
  readonly primary: string
  readonly sorts: RegExp
}

const EXPLAIN: Readonly<Record<string, Explain>> = {
  SQLite: {
    prefix: 'explain query plan',
    analyze: 'analyze',
    primary: 'PRIMARY KEY|SCAN patkit_use',
    sorts: /TEMP B-TREE/,
  },
  // Events of one millisecond are put in the order of their ids, as they come.
  PostgreSQL: { prefix: 'explain', analyze: 'analyze', primary: 'patkit_use_pkey', sorts: /(?<!Incremental )Sort {2}/ },
  MariaDB: {
    prefix: 'explain',
    analyze: 'analyze table patkit_use persistent for all',
    primary: 'PRIMARY',
    sorts: /filesort/,
  },
}

describe.each(ENGINES.filter(({ missing }) => !missing))('$name', ({ name, open }) => {
  const { prefix, analyze, primary, sorts } = EXPLAIN[name] as Explain
  let database: TestDatabase

  beforeAll(async () => {
    database = await open()
    await using store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    await store.audit.write(Array.from({ length: EVENTS }, (_, n) => use(n)))
    await explained([CompiledQuery.raw(analyze)], '')
  }, 60_000)

  afterAll(() => database.drop())

  test.each(QUESTIONS)('reads %s in its order: %j %j', async (index, scope, filter) => {
    const plan = await planOf(scope, filter)
    expect(plan).toMatch(new RegExp(index === 'primary' ? primary : index))
    expect(plan).not.toMatch(sorts)
  })

  test('reads denials reason by reason, each by its index', async () => {
    const plan = await planOf(null, { outcome: 'denied' })
    expect(plan.match(/patkit_use_outcome/g)?.length).toBeGreaterThanOrEqual(14)
  })

  /** The plan of the statement on uses: one is asked for changes beside it. */
  async function planOf(scope: AuditScope, filter: AuditFilterInput): Promise<string> {
    const queries: CompiledQuery[] = []
    await using store = sqlStore({ dialect: capturing(database.dialect(), (query) => queries.push(query)) })
    const { items } = await createAuditLog(store.audit).list(scope, filter)
    expect(items.length).toBeGreaterThan(0)
    const [plan = ''] = await explained(
      queries.filter((query) => query.sql.includes('patkit_use')),
      prefix,
    )
    return plan
  }

  async function explained(statements: readonly CompiledQuery[], before: string): Promise<string[]> {
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    const plans: string[] = []
    for (const { sql, parameters } of statements) {
      const { rows } = await db.executeQuery<object>(CompiledQuery.raw(`${before} ${sql}`, [...parameters]))
      plans.push(rows.map((row) => Object.values(row).join('  ')).join('\n'))
    }
    await db.destroy()
    return plans
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
    request: { id: null, method: 'GET', path: '/', route: null, userAgent: null },
    count: 1,
  }
}
