import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlStore } from '@patkit/sql'
import type { Owner, Principal } from '@patkit/tokens'
import { SqliteDialect } from 'kysely'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { onEachEngine } from '../servers/engine.ts'
import { changeEvent } from './events.ts'
import { type Faults, faulty } from './faulty-dialect.ts'

const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }
const PRINCIPAL: Principal = { ...OWNER, kind: 'user', disabledAt: null, ceiling: null }

test('a full disk is called a full disk', async () => {
  const file = join(tmpdir(), `patkit-full-${process.pid}.db`)
  const database = new Database(file)
  await using store = sqlStore({ dialect: new SqliteDialect({ database }) })
  await store.migrate()
  await store.putPrincipal(PRINCIPAL, changeEvent({ id: 'first', action: 'principal' }))
  const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number }
  database.exec(`pragma max_page_count = ${pages}`)
  const large = { ...PRINCIPAL, ceiling: Array.from({ length: 500 }, (_, n) => `${'x'.repeat(200)}${n}`) }
  await expect(store.putPrincipal(large, changeEvent({ id: 'second', action: 'principal' }))).rejects.toThrow(
    'database or disk is full',
  )
  expect(await store.findPrincipal(OWNER)).toEqual(PRINCIPAL)
  rmSync(file, { force: true })
})

onEachEngine(({ open }) => {
  test('a connection that is lost at a commit is reported as that, with any error of the rollback', async () => {
    const database = await open()
    const faults: Faults = { commit: null, spared: 0 }
    const store = sqlStore({ dialect: faulty(database.dialect(), faults) })
    await store.migrate()
    faults.commit = 'before'
    await expect(store.putPrincipal(PRINCIPAL, changeEvent({ id: 'first', action: 'principal' }))).rejects.toThrow(
      'the connection was lost',
    )
    expect(await store.findPrincipal(OWNER)).toBeNull()
    await store[Symbol.asyncDispose]()
    await database.drop()
  })
})
