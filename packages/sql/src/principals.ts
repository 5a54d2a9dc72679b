import type { ChangeEvent, Owner, Principal, TokenStore } from '@patkit/tokens/store'
import type { Kysely, Transaction } from 'kysely'
import { batchesOf } from './batches.ts'
import { keepChanges } from './changes.ts'
import type { Engine } from './engine.ts'
import { returnOf } from './erasures.ts'
import type { Announce } from './invalidation-log.ts'
import { principalOf, principalRow } from './rows.ts'
import type { Schema } from './schema.ts'
import { endSignIns } from './sign-ins.ts'
import { lockOwner } from './token-writes.ts'
import type { Transact } from './transaction.ts'

type Principals = Pick<
  TokenStore,
  'putPrincipal' | 'insertPrincipal' | 'changePrincipal' | 'findPrincipal' | 'findPrincipals' | 'listPrincipals'
>
type Trx = Transaction<Schema>

export function createPrincipals(
  db: Kysely<Schema>,
  transact: Transact,
  engine: Engine,
  announce: Announce,
): Principals {
  async function write(trx: Trx, principal: Principal, event: ChangeEvent, writing: typeof put): Promise<void> {
    await writing(trx, principal, event)
    const { principalId } = principal
    await announce(trx, [{ kind: 'principal', id: principalId }], principalId)
  }

  return {
    async putPrincipal(principal, event) {
      try {
        await transact((trx) => write(trx, principal, event, put))
      } catch (error) {
        // Another caller has added it first: now it exists and is changed.
        if (!engine.isDuplicate(error)) throw error
        await transact((trx) => write(trx, principal, event, put))
      }
    },
    async insertPrincipal(principal, event) {
      try {
        await transact((trx) => write(trx, principal, event, insert))
        return 'ok'
      } catch (error) {
        if (engine.isDuplicate(error)) return 'duplicate'
        throw error
      }
    },
    changePrincipal: (owner, change, event) =>
      transact(async (trx) => {
        // The lock comes first, so that the read sees the writes of the change before.
        if (!(await lockOwner(trx, owner))) return null
        const principal = await find(trx, owner)
        if (principal === null) return null
        const changed = change(principal)
        if (changed === principal) return principal
        await write(trx, changed, event, put)
        return changed
      }),
    findPrincipal: (owner) => find(db, owner),
    async findPrincipals(organizationId, ids) {
      const found: Principal[] = []
      for (const batch of batchesOf(ids)) {
        const query = db.selectFrom('patkit_principal').selectAll().where('organization_id', '=', organizationId)
        found.push(...(await query.where('id', 'in', batch).execute()).map(principalOf))
      }
      return found
    },
    async listPrincipals(organizationId, after, limit, kind) {
      let query = db.selectFrom('patkit_principal').selectAll().where('organization_id', '=', organizationId)
      if (after !== null) query = query.where('id', '>', after)
      if (kind !== null) query = query.where('kind', '=', kind)
      return (await query.orderBy('id').limit(limit).execute()).map(principalOf)
    },
  }
}

async function put(trx: Trx, principal: Principal, event: ChangeEvent): Promise<void> {
  const { organization_id, id, ...set } = principalRow(principal)
  const { numUpdatedRows } = await trx
    .updateTable('patkit_principal')
    .set(({ eb }) => ({ ...set, revision: eb('revision', '+', 1) }))
    .where(({ and }) => and({ organization_id, id }))
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return insert(trx, principal, event)
  if (principal.disabledAt !== null) await endSignIns(trx, principal)
  await keepChanges(trx, [event])
}

async function insert(trx: Trx, principal: Principal, event: ChangeEvent): Promise<void> {
  await trx
    .insertInto('patkit_principal')
    .values({ ...principalRow(principal), revision: 0 })
    .execute()
  await returnOf(trx, principal, event.at)
  await keepChanges(trx, [event])
}

async function find(db: Kysely<Schema>, { organizationId, principalId }: Owner): Promise<Principal | null> {
  const row = await db
    .selectFrom('patkit_principal')
    .selectAll()
    .where(({ and }) => and({ organization_id: organizationId, id: principalId }))
    .executeTakeFirst()
  return row === undefined ? null : principalOf(row)
}
