import { type SqlStore, sqlStore } from '@patkit/sql'
import { storeContract } from '@patkit/tokens'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { ENGINES, type TestDatabase } from '../servers/engine.ts'

describe.each(ENGINES)('$name', (engine) => {
  let database: TestDatabase
  let store: SqlStore

  beforeAll(async () => {
    if (engine.missing) return
    database = await engine.open()
    store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
  })

  afterAll(async () => {
    if (engine.missing) return
    await store[Symbol.asyncDispose]()
    await database.drop()
  })

  for (const { name, run } of storeContract()) test.skipIf(engine.missing)(name, () => run(store))
})
