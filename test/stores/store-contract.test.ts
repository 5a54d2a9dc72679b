import { type SqlStore, sqlStore } from '@patkit/sql'
import { storeContract } from '@patkit/tokens/testing'
import { afterAll, beforeAll, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'

onEachEngine(({ open }) => {
  let database: TestDatabase
  let store: SqlStore

  beforeAll(async () => {
    database = await open()
    store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
  })

  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await database.drop()
  })

  for (const { name, run } of storeContract()) test(name, () => run(store))
})
