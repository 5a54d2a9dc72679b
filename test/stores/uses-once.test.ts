import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type Owner } from '@patkit/tokens'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { changeEvent } from './events.ts'
import { type Faults, faulty } from './faulty-dialect.ts'

const ACTOR = { id: 'actor', scopes: null }
const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }
/** More than two transactions hold. */
const TOKENS = 250

onEachEngine(({ open }) => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await open()
    await using store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    await store.putPrincipal(
      { ...OWNER, kind: 'user', disabledAt: null, ceiling: null },
      changeEvent({ ...OWNER, id: 'e', action: 'principal' }),
    )
  })
  afterAll(() => database.drop())

  test.each([
    ['the third transaction fails', { commit: 'before', spared: 2 }],
    ['the answer to the third commit is lost', { commit: 'after', spared: 2 }],
    ['the answer to the first commit is lost', { commit: 'after', spared: 0 }],
  ] as const)('each use counts once where %s', async (_, fault) => {
    const faults: Faults = { commit: null, spared: 0 }
    const failures: unknown[] = []
    await using store = sqlStore({ dialect: faulty(database.dialect(), faults) })
    const tokens = createTokenService({
      store,
      format: tokenFormat({ prefix: 'acme' }),
      onError: (cause) => failures.push(cause),
    })
    const records = await Promise.all(
      Array.from({ length: TOKENS }, async (_, n) => {
        const { secret } = await tokens.create(ACTOR, OWNER, { name: `t${n}` })
        return secret.digest
      }),
    )
    const { resolveMany, onUse } = tokens.verifierOptions
    const use = async () => {
      for (const record of (await resolveMany(records, { signal: new AbortController().signal })).values())
        onUse?.(record, Date.now(), null)
    }
    await use()
    Object.assign(faults, fault)
    await tokens.flush()
    expect(failures).toEqual([new Error('the connection was lost')])
    // Uses go on meanwhile, and are counted beside those that come again.
    await use()
    await tokens.close()
    const ids = [...(await store.resolveMany(records)).values()].map(({ id }) => id)
    const counts = await Promise.all(ids.map(async (id) => (await store.find(OWNER, id))?.useCount))
    expect(counts).toEqual(Array.from({ length: TOKENS }, () => 2))
    expect(failures).toHaveLength(1)
  })
})
