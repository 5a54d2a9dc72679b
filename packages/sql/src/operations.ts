import { TokenError } from '@patkit/tokens'
import { refuseUnknownMembers, type Token } from '@patkit/tokens/store'
import { type Kysely, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { requireSafeEscaping } from './escaping.ts'
import { escaped, like } from './like.ts'
import { pendingMigrations } from './migrate.ts'
import { tokenOf } from './rows.ts'
import type { Integer, Schema } from './schema.ts'
import type { TablePlace } from './table-place.ts'

export interface ScanFilter {
  readonly id?: string
  readonly organizationId?: string
  readonly principalId?: string
  /** How the hint begins: `acme_pat_` for the tokens of one format. */
  readonly hintPrefix?: string
}

/** For operators' tools. These calls check no owner: request handlers must not use them. */
export interface Operations {
  /**
   * Tokens of all organizations in the order of their ids, read page by page on demand. Rejects with a
   * `TokenError` for a field of the filter that is unknown or has no value.
   */
  scan(filter?: ScanFilter): AsyncIterable<Token>
  /**
   * The migrations that have not been run, and the database's clock. Changes nothing. Like `migrate`, it rejects where
   * the server does not read values as its driver writes them.
   */
  inspect(): Promise<{ readonly pendingMigrations: readonly string[]; readonly now: Date }>
}

const PAGE = 500

export function createOperations(db: Kysely<Schema>, engine: Engine, place: TablePlace): Operations {
  function page({ id, organizationId, principalId, hintPrefix }: ScanFilter, after: string) {
    let query = db.selectFrom('patkit_token').selectAll().where('id', '>', after)
    if (id !== undefined) query = query.where('id', '=', id)
    if (organizationId !== undefined) query = query.where('organization_id', '=', organizationId)
    if (principalId !== undefined) query = query.where('principal_id', '=', principalId)
    if (hintPrefix !== undefined) query = query.where(like('hint', `${escaped(hintPrefix)}%`))
    return query.orderBy('id').limit(PAGE).execute()
  }

  return {
    async *scan(filter = {}) {
      requireFilter(filter)
      let after = ''
      for (;;) {
        const rows = await page(filter, after)
        yield* rows.map(tokenOf)
        const last = rows.at(-1)
        if (last === undefined || rows.length < PAGE) return
        after = last.id
      }
    },
    async inspect() {
      await requireSafeEscaping(db, engine)
      const { rows } = await sql<{ readonly now: Integer }>`select ${engine.now} as now`.execute(db)
      return {
        pendingMigrations: await pendingMigrations(db as Kysely<unknown>, engine, place),
        now: new Date(Number(rows[0]?.now)),
      }
    },
  }
}

/** A misspelt or empty field would select more than intended. */
function requireFilter(filter: ScanFilter): void {
  const { id, organizationId, principalId, hintPrefix, ...unknown } = filter
  refuseUnknownMembers(unknown)
  const empty = Object.entries(filter).find(([, value]) => typeof value !== 'string')
  if (empty !== undefined) throw new TokenError('ERR_PAT_INPUT_INVALID', `${empty[0]} must be a string`, empty[0])
}
