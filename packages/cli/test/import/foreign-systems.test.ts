import { type SqlStore, sqlStore } from '@patkit/sql'
import { memoryStore, type TokenStore } from '@patkit/tokens'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES, type TestDatabase } from '../../../../test/servers/engine.ts'
import { asCsv, asJsonLines, DUMPS, type Dump } from './foreign-dumps.ts'
import { createHarness, type Harness } from './harness.ts'

const [sqlite] = ENGINES.filter(({ name }) => name === 'SQLite')

const FILES = [
  { fileFormat: 'csv', text: asCsv },
  { fileFormat: 'jsonl', text: asJsonLines },
] as const

async function verifies({ use, may }: Harness, dump: Dump): Promise<void> {
  for (const { token, use: outcome, may: scopes, mayNot } of dump.expected) {
    expect([token, await use(token)]).toEqual([token, outcome])
    for (const scope of scopes) expect([token, scope, await may(token, scope)]).toEqual([token, scope, true])
    for (const scope of mayNot) expect([token, scope, await may(token, scope)]).toEqual([token, scope, false])
  }
  for (const token of dump.forged) expect(['unknown_token', 'malformed_token']).toContain(await use(token))
}

async function holds({ tokens }: Harness, dump: Dump): Promise<void> {
  const { items, total } = await tokens.list({ organizationId: 'acme' })
  expect(total).toBe(dump.expected.length)
  const listed = items.map(({ principalId, hint, status }) => [principalId, hint.replace(/…$/, ''), status])
  const expected = dump.expected.map(({ owner, hint, use }) => {
    const shown = hint === 'app_' ? dump.expected[0]?.token.slice(0, 6) : hint.replace(/…$/, '')
    return [owner, shown, use === 'allowed' ? 'active' : use]
  })
  expect(listed.toSorted()).toEqual(expected.toSorted())
  for (const { principalId, id, organizationId } of items) {
    const history = await tokens.history({ organizationId, principalId }, id)
    expect(history.map(({ action, actorId }) => [action, actorId])).toEqual([['import', 'operator']])
  }
}

describe.each(['memory', 'SQLite'])('on %s', (kind) => {
  let database: TestDatabase | null = null
  let store: TokenStore
  const harnesses: Harness[] = []

  beforeEach(async () => {
    if (kind === 'memory') store = memoryStore()
    else store = await openSqlite()
  })

  afterEach(async () => {
    for (const { tokens } of harnesses.splice(0)) await tokens.close()
    await store[Symbol.asyncDispose]()
    await database?.drop()
  })

  async function openSqlite(): Promise<SqlStore> {
    if (sqlite === undefined) throw new Error('SQLite is missing')
    database = await sqlite.open()
    const opened = sqlStore({ dialect: database.dialect() })
    await opened.migrate()
    return opened
  }

  function open({ format }: Dump): Harness {
    const harness = createHarness(store, format)
    harnesses.push(harness)
    return harness
  }

  describe.each(DUMPS)('$name', (dump) => {
    test.each(FILES)('the original tokens work after an import of $fileFormat', async ({ fileFormat, text }) => {
      const opened = open(dump)
      const report = await opened.run(text(dump.rows), { ...dump.options, fileFormat })
      expect(report).toMatchObject({ faults: [], faultCount: 0, imported: dump.rows.length, present: 0 })
      const owners = new Set(dump.expected.map(({ owner }) => owner))
      expect(report.createdOwners).toBe(owners.size)
      expect(Object.fromEntries(report.ignored)).toEqual(dump.ignored)
      await verifies(opened, dump)
      await opened.tokens.flush()
      await holds(opened, dump)
    })

    test('an import that is run twice doubles nothing', async () => {
      const opened = open(dump)
      const options = { ...dump.options, fileFormat: 'jsonl' } as const
      const first = await opened.run(asJsonLines(dump.rows), options)
      const second = await opened.run(asJsonLines(dump.rows), options)
      const counts = { imported: 0, present: dump.rows.length, createdOwners: 0, byStatus: first.byStatus }
      expect(second).toMatchObject(counts)
      await holds(opened, dump)
      await verifies(opened, dump)
    })

    test('an import that breaks off is finished by the next one', async () => {
      const opened = open(dump)
      const options = { ...dump.options, fileFormat: 'csv' } as const
      const onProgress = ({ phase, done }: { phase: string; done: number }) => {
        if (phase === 'write' && done === 2) throw new Error('stopped')
      }
      const broken = opened.run(asCsv(dump.rows), options, { onProgress, concurrency: 1 })
      await expect(broken).rejects.toThrow('stopped')
      expect((await opened.tokens.list({ organizationId: 'acme' })).total).toBe(2)
      const report = await opened.run(asCsv(dump.rows), options)
      expect(report).toMatchObject({ imported: dump.rows.length - 2, present: 2, faultCount: 0 })
      await holds(opened, dump)
      await verifies(opened, dump)
    })
  })
})
