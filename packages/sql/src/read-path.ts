import type { StoredRecord } from '@patkit/tokens/store'
import { type CompiledQuery, type Kysely, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { type PreparingPool, type RunStatement, runPrepared } from './prepared.ts'
import { type RecordRow, recordOf } from './rows.ts'
import type { Schema } from './schema.ts'

/** Numbers of digests that statements are compiled for, where one does not take any number. */
const LARGEST_BATCH = 64
const BATCH_SIZES = [1, 8, LARGEST_BATCH]
/** Of the prepared statement. Another text needs another name, since a connection keeps what it has prepared. */
const STATEMENT_NAME = 'patkit_lookup_1'

/**
 * The one statement behind every cache miss: secrets by digest, each join by primary key. Compiled once for each size
 * of batch; what a batch lacks is filled with its last digest.
 */
export function createReadPath(
  db: Kysely<Schema>,
  { takesArrays }: Engine,
  preparedOn: PreparingPool | null,
): (digests: readonly string[]) => Promise<ReadonlyMap<string, StoredRecord>> {
  const compiled = new Map<number, CompiledQuery<RecordRow>>()
  const runUnnamed: RunStatement = async (query) => (await db.executeQuery(query)).rows
  const run = preparedOn === null ? runUnnamed : runPrepared(preparedOn, STATEMENT_NAME, runUnnamed)

  function statement(size: number): CompiledQuery<RecordRow> {
    const known = compiled.get(size)
    if (known !== undefined) return known
    const query = recordsOf(
      db,
      Array.from({ length: size }, () => ''),
      takesArrays,
    )
    compiled.set(size, query)
    return query
  }

  async function read(digests: readonly string[]): Promise<readonly RecordRow[]> {
    if (takesArrays) return run({ ...statement(1), parameters: [digests] })
    const size = BATCH_SIZES.find((candidate) => candidate >= digests.length) ?? digests.length
    const parameters = Array.from({ length: size }, (_, index) => digests[Math.min(index, digests.length - 1)])
    return run({ ...statement(size), parameters })
  }

  return async (digests) => {
    const found = new Map<string, StoredRecord>()
    const largest = takesArrays ? digests.length : LARGEST_BATCH
    for (let start = 0; start < digests.length; start += largest) {
      for (const row of await read(digests.slice(start, start + largest))) found.set(row.digest, recordOf(row))
    }
    return found
  }
}

/** The statement for some digests. */
export function recordsOf(db: Kysely<Schema>, digests: readonly string[], asArray: boolean): CompiledQuery<RecordRow> {
  const wanted = asArray ? sql`any(${digests})` : sql`(${sql.join(digests)})`
  const operator = asArray ? sql`=` : sql`in`
  return sql<RecordRow>`
    select s.digest, s.ends_at, s.awaits_adoption,
      t.id, t.organization_id, t.principal_id, t.version, t.scopes, t.user_id, t.ip_allowlist,
      t.issued_at, t.expires_at, t.revoked_at, t.last_used_at,
      p.kind as principal_kind, p.disabled_at as principal_disabled_at, p.ceiling,
      u.kind as user_kind, u.disabled_at as user_disabled_at
    from ${sql.table('patkit_secret')} s
    join ${sql.table('patkit_token')} t on t.id = s.token_id
    left join ${sql.table('patkit_principal')} p on p.organization_id = t.organization_id and p.id = t.principal_id
    left join ${sql.table('patkit_principal')} u on u.organization_id = t.organization_id and u.id = t.user_id
    where s.digest ${operator} ${wanted}`.compile(db)
}
