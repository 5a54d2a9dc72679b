import { createVerifier, tokenFormat } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { onEachEngine } from '../servers/engine.ts'

const ACTOR = { id: 'actor', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const reader: RequestReader<string> = {
  header: (token) => `Bearer ${token}`,
  peer: () => '192.0.2.1',
  context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
}

onEachEngine(({ open }) => {
  test('a row that cannot be read is an outage for its token alone', async () => {
    const database = await open()
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    const store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    const create = (name: string) => tokens.create(ACTOR, OWNER, { name, scopes: ['a'], ipAllowlist: ['192.0.2.0/24'] })
    const issued = await Promise.all(['whole', 'scopes', 'ip_allowlist'].map(create))
    await sql`update patkit_token set scopes = ${'["a"'} where name = ${'scopes'}`.execute(db)
    await sql`update patkit_token set ip_allowlist = ${''} where name = ${'ip_allowlist'}`.execute(db)
    const faults: string[] = []
    const verifier = createVerifier({ ...tokens.verifierOptions, onError: ({ code }) => faults.push(code) })
    const decisions = await Promise.all(issued.map(({ secret }) => verifier.verify(secret.reveal(), reader)))
    expect(decisions.map((decision) => decision.ok || decision.reason)).toEqual([true, 'unavailable', 'unavailable'])
    expect(faults).toEqual(['ERR_PAT_RECORD_INVALID', 'ERR_PAT_RECORD_INVALID'])
    await tokens.close()
    await Promise.all([db.destroy(), store[Symbol.asyncDispose]()])
    await database.drop()
  })
})
