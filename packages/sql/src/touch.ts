import { type TokenStore, type Use, type UseBatch, withScopeUses } from '@patkit/tokens/store'
import { type RawBuilder, sql, type Transaction } from 'kysely'
import { scopeUsesOf, tokenOf } from './rows.ts'
import type { Schema } from './schema.ts'
import type { Transact } from './transaction.ts'

/** Notes uses in one transaction, together with the number of their batch: either both are there or neither. */
export function createTouch(transact: Transact): TokenStore['touch'] {
  return (uses, batch) =>
    transact(async (trx) => {
      if (batch !== undefined && !(await isNew(trx, batch, uses))) return
      // In one order everywhere, so that two of them wait for each other and do not lock each other out.
      for (const use of uses.toSorted((a, b) => (a.tokenId < b.tokenId ? -1 : 1))) await touched(trx, use)
    })
}

/** Whether a batch was not noted before. Its number is kept. */
async function isNew(trx: Transaction<Schema>, { writer, number }: UseBatch, uses: readonly Use[]): Promise<boolean> {
  const at = Math.max(0, ...uses.map((use) => use.at.getTime()))
  const { numUpdatedRows } = await trx
    .updateTable('patkit_writer')
    .set({ last: number, at })
    .where('name', '=', writer)
    .where('last', '<', number)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return true
  const known = await trx.selectFrom('patkit_writer').select('last').where('name', '=', writer).executeTakeFirst()
  if (known !== undefined) return false
  await trx.insertInto('patkit_writer').values({ name: writer, last: number, at }).execute()
  return true
}

/** A token that is revoked or gone stays as it is, with its secrets. */
async function touched(trx: Transaction<Schema>, use: Use): Promise<void> {
  const { tokenId, at, ip, count, secrets } = use
  const { numAffectedRows } = await sql`
    update ${sql.table('patkit_token')} set ${lastUse(at, ip)}, use_count = use_count + ${count}
    where id = ${tokenId} and revoked_at is null`.execute(trx)
  if (Number(numAffectedRows) === 0) return
  for (const secret of secrets) {
    await sql`
      update ${sql.table('patkit_secret')} set ${lastUse(secret.at, secret.ip)}
      where digest = ${secret.digest} and token_id = ${tokenId}`.execute(trx)
  }
  if (use.scopes !== null) await noteScopes(trx, use)
}

/** The token is locked by its use. */
async function noteScopes(trx: Transaction<Schema>, use: Use): Promise<void> {
  const row = await trx.selectFrom('patkit_token').selectAll().where('id', '=', use.tokenId).executeTakeFirstOrThrow()
  const present = await trx
    .selectFrom('patkit_scope_use')
    .select(['use_count', 'scopes'])
    .where('token_id', '=', use.tokenId)
    .executeTakeFirst()
  const { useCount, scopes } = withScopeUses(scopeUsesOf(present), tokenOf(row), use)
  const values = { use_count: useCount, scopes: JSON.stringify(scopes) }
  if (present === undefined) {
    await trx
      .insertInto('patkit_scope_use')
      .values({ token_id: use.tokenId, ...values })
      .execute()
  } else {
    await trx.updateTable('patkit_scope_use').set(values).where('token_id', '=', use.tokenId).execute()
  }
}

/** MySQL assigns from left to right: the address has to be decided on before the instant is overwritten. */
function lastUse(at: Date, ip: string | null): RawBuilder<unknown> {
  const instant = at.getTime()
  const isLater = sql`(last_used_at is null or last_used_at < ${instant})`
  return sql`
    last_used_ip = case when ${isLater} then ${ip} else last_used_ip end,
    last_used_at = case when ${isLater} then ${instant} else last_used_at end`
}
