import type { Invalidation } from '@patkit/core/adapter'
import {
  type Change,
  type ChangeEvent,
  endsAnswers,
  type IdempotentAnswer,
  type Limit,
  type NewSecret,
  type Owner,
  type Removed,
  searchText,
  type Token,
  type TokenStore,
  type TokenUpdate,
} from '@patkit/tokens/store'
import { type Kysely, sql, type Transaction, type UpdateObject } from 'kysely'
import { batchesOf } from './batches.ts'
import { keepChanges } from './changes.ts'
import type { Engine } from './engine.ts'
import type { Announce } from './invalidation-log.ts'
import { hasStatus } from './life.ts'
import { instantOf, jsonOf, secretRow, tokenOf, tokenRow } from './rows.ts'
import type { Integer, Schema, TokenRow } from './schema.ts'
import { type Transact, Undone } from './transaction.ts'

type Trx = Transaction<Schema>

/** The value of `sealed` after the end of the secret. */
const ENDED = ''

/** Writes tokens. A write takes the lock, alike on every engine: transactions that count tokens begin with one. */
export function createTokenWrites(
  transact: Transact,
  engine: Engine,
  announce: Announce,
): Pick<TokenStore, 'insert' | 'updateIfVersion' | 'remove' | 'revokeAll'> {
  /** An existing key is an outcome, not an error. */
  async function unlessDuplicate<T>(work: () => Promise<T>): Promise<T | 'duplicate'> {
    try {
      return await work()
    } catch (error) {
      if (engine.isDuplicate(error)) return 'duplicate'
      throw error
    }
  }

  return {
    insert: ({ token, secret, limit, answer, event }) =>
      unlessDuplicate(() =>
        transact(async (trx) => {
          if (!(await lockOwner(trx, token))) return 'missing'
          if (limit !== null && (await liveTokens(trx, token, limit, '')) >= limit.most) {
            return (await isTaken(trx, token, secret, answer)) ? 'duplicate' : 'limit'
          }
          if (answer !== null) await putAnswer(trx, token, answer, token.createdAt)
          await trx.insertInto('patkit_token').values(tokenRow(token)).execute()
          await trx.insertInto('patkit_secret').values(secretRow(secret, token.id)).execute()
          await keepChanges(trx, [event])
          return 'ok'
        }),
      ),

    async updateIfVersion(owner, id, update) {
      const work = () => transact((trx) => updateToken(trx, owner, id, update, announce))
      try {
        const outcome = await unlessDuplicate(work)
        return outcome === 'duplicate' ? 'conflict' : outcome
      } catch (error) {
        if (error instanceof Undone) return error.outcome
        throw error
      }
    },

    revokeAll: (owner, at, eventOf) =>
      untilUnchanged(() => transact((trx) => revokedAll(trx, owner, at, eventOf, announce))),

    remove: (owner, id, eventOf) =>
      transact(async (trx) => {
        if (!(await lockOwner(trx, owner))) return []
        const removed = await removeTokens(trx, owner, id)
        await keepChanges(trx, removed.map(eventOf))
        await announce(trx, removed.map(invalidationAfter), owner.principalId)
        return removed
      }),
  }
}

/** Removes a token of an owner that is locked, or all of them, with their dependent rows. */
export async function removeTokens(trx: Trx, owner: Owner, id: string | null): Promise<readonly Removed[]> {
  let tokens = trx
    .selectFrom('patkit_token')
    .select(['id', 'version'])
    .where(({ and }) => and(ownedBy(owner)))
  if (id !== null) tokens = tokens.where('id', '=', id)
  const removed = (await tokens.execute()).map((row) => ({ id: row.id, version: Number(row.version) }))
  for (const batch of batchesOf(removed)) {
    await forget(
      trx,
      batch.map((token) => token.id),
    )
  }
  return removed
}

/** Does it again where a token changed in between. */
export async function untilUnchanged<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Undone)) throw error
    }
  }
}

async function updateToken(
  trx: Trx,
  owner: Owner,
  id: string,
  { version, change, limit, event, answer }: TokenUpdate,
  announce: Announce,
): Promise<Token | 'missing' | 'conflict' | 'limit'> {
  if (limit !== null && !(await lockOwner(trx, owner))) return 'missing'
  const moved = { version: version + 1, updated_at: event.at.getTime() }
  const statement = trx.updateTable('patkit_token').set({ ...columns(change.set), ...moved })
  const { numUpdatedRows } = await statement
    .where(({ and }) => and({ ...ownedBy(owner), id, version }))
    .executeTakeFirst()
  const row = await findOwned(trx, owner, id)
  if (row === undefined) return 'missing'
  if (numUpdatedRows === 0n) return 'conflict'
  if (limit !== null && (await liveTokens(trx, owner, limit, id)) >= limit.most) throw new Undone('limit')
  const token = tokenOf(row)
  await changeSecrets(trx, token, change)
  if (endsAnswers(change)) await endAnswers(trx, [id])
  if (answer !== null) await putAnswer(trx, owner, answer, event.at)
  await keepChanges(trx, [event])
  await announce(trx, [invalidationOf({ id, version: version + 1 })], owner.principalId)
  return rewriteSearch(trx, token, change)
}

/** Undone where a token changed in between: its version is not the one that was read. */
async function revokedAll(
  trx: Trx,
  owner: Owner,
  at: Date,
  eventOf: (revoked: Removed) => ChangeEvent,
  announce: Announce,
): Promise<readonly Removed[]> {
  if (!(await lockOwner(trx, owner))) return []
  const rows = await trx
    .selectFrom('patkit_token')
    .select(['id', 'version'])
    .where(({ and }) => and(ownedBy(owner)))
    .where('revoked_at', 'is', null)
    .execute()
  const revoked = rows.map(({ id, version }) => ({ id, version: Number(version) + 1 }))
  for (const batch of batchesOf(revoked)) {
    await requireUnchanged(trx, batch, { revoked_at: at.getTime(), updated_at: at.getTime() })
    await endAnswers(
      trx,
      batch.map(({ id }) => id),
    )
  }
  await keepChanges(trx, revoked.map(eventOf))
  await announce(trx, revoked.map(invalidationOf), owner.principalId)
  return revoked
}

/** Of a token that has this version. */
export function invalidationOf({ id, version }: Removed): Invalidation {
  return { kind: 'token', id, minVersion: version }
}

/** Of a token that had this version and is removed. */
function invalidationAfter({ id, version }: Removed): Invalidation {
  return invalidationOf({ id, version: version + 1 })
}

/** Changes tokens whose version is still the one before their new version. */
export async function requireUnchanged(
  trx: Trx,
  tokens: readonly Removed[],
  set: UpdateObject<Schema, 'patkit_token'>,
): Promise<void> {
  for (const [version, ids] of byVersion(tokens)) {
    const { numUpdatedRows } = await trx
      .updateTable('patkit_token')
      .set({ ...set, version })
      .where('id', 'in', ids)
      .where('version', '=', version - 1)
      .executeTakeFirst()
    if (Number(numUpdatedRows) !== ids.length) throw new Undone('conflict')
  }
}

function byVersion(tokens: readonly Removed[]): ReadonlyMap<number, readonly string[]> {
  const ids = new Map<number, string[]>()
  for (const { id, version } of tokens) ids.set(version, [...(ids.get(version) ?? []), id])
  return ids
}

/** The searched text is made of name and description, of which a change may set one. */
async function rewriteSearch(trx: Trx, token: Token, { set }: Change): Promise<Token> {
  if (set.name === undefined && set.description === undefined) return token
  await trx
    .updateTable('patkit_token')
    .set({ search: searchText(token) })
    .where('id', '=', token.id)
    .execute()
  return token
}

async function changeSecrets(trx: Trx, token: Token, { addSecret, endOtherSecretsAt, adopt }: Change): Promise<void> {
  if (adopt !== null) {
    const { numUpdatedRows } = await trx
      .updateTable('patkit_secret')
      .set({ awaits_adoption: 0 })
      .where(({ and }) => and({ digest: adopt, token_id: token.id, awaits_adoption: 1 }))
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new Undone('conflict')
  }
  if (endOtherSecretsAt !== null) await endSecrets(trx, token.id, adopt ?? '', endOtherSecretsAt.getTime())
  if (addSecret !== null) await trx.insertInto('patkit_secret').values(secretRow(addSecret, token.id)).execute()
}

async function endSecrets(trx: Trx, tokenId: string, except: string, at: number): Promise<void> {
  await trx
    .updateTable('patkit_secret')
    .set({ ends_at: sql`case when ends_at < ${at} then ends_at else ${at} end`, awaits_adoption: 0 })
    .where('token_id', '=', tokenId)
    .where('digest', '!=', except)
    .execute()
}

/** Takes the lock for changes of an owner and counts of its tokens. @returns whether the owner exists */
export async function lockOwner(trx: Trx, { organizationId, principalId }: Owner): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('patkit_principal')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .where(({ and }) => and({ organization_id: organizationId, id: principalId }))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

async function liveTokens(trx: Trx, owner: Owner, { now, life }: Limit, except: string): Promise<number> {
  const { rows } = await sql<{ total: Integer }>`
    select count(*) as total from ${sql.table('patkit_token')}
    where organization_id = ${owner.organizationId} and principal_id = ${owner.principalId}
      and id <> ${except} and ${hasStatus('active', life, now)}`.execute(trx)
  return Number(rows[0]?.total)
}

async function isTaken(trx: Trx, token: Token, secret: NewSecret, answer: IdempotentAnswer | null): Promise<boolean> {
  const twin = await trx.selectFrom('patkit_token').select('id').where('id', '=', token.id).executeTakeFirst()
  const same = await trx
    .selectFrom('patkit_secret')
    .select('digest')
    .where('digest', '=', secret.digest)
    .executeTakeFirst()
  if (answer === null) return (twin ?? same) !== undefined
  const answered = await trx
    .selectFrom('patkit_answer')
    .select('key_hash')
    .where(({ and }) => and({ ...ownedBy(token), key_hash: answer.keyHash }))
    .where('expires_at', '>', token.createdAt.getTime())
    .executeTakeFirst()
  return (twin ?? same ?? answered) !== undefined
}

/** Replaces an expired answer. One that has not expired is a duplicate. */
async function putAnswer(trx: Trx, owner: Owner, answer: IdempotentAnswer, now: Date): Promise<void> {
  await trx
    .deleteFrom('patkit_answer')
    .where(({ and }) => and({ ...ownedBy(owner), key_hash: answer.keyHash }))
    .where('expires_at', '<=', now.getTime())
    .execute()
  await trx
    .insertInto('patkit_answer')
    .values({
      ...ownedBy(owner),
      key_hash: answer.keyHash,
      request_hash: answer.requestHash,
      token_id: answer.tokenId,
      sealed: answer.sealed ?? ENDED,
      expires_at: answer.expiresAt.getTime(),
    })
    .execute()
}

async function forget(trx: Trx, ids: readonly string[]): Promise<void> {
  // Tokens before their secrets, as changes and uses lock them.
  await trx.deleteFrom('patkit_token').where('id', 'in', ids).execute()
  await trx.deleteFrom('patkit_secret').where('token_id', 'in', ids).execute()
  await trx.deleteFrom('patkit_scope_use').where('token_id', 'in', ids).execute()
  await endAnswers(trx, ids)
}

/** The rows stay: a key that comes again must not repeat what it did. */
async function endAnswers(trx: Trx, ids: readonly string[]): Promise<void> {
  await trx.updateTable('patkit_answer').set({ sealed: ENDED }).where('token_id', 'in', ids).execute()
}

export function findOwned(db: Kysely<Schema>, owner: Owner, id: string): Promise<TokenRow | undefined> {
  return db
    .selectFrom('patkit_token')
    .selectAll()
    .where(({ and }) => and({ ...ownedBy(owner), id }))
    .executeTakeFirst()
}

export function ownedBy(owner: Owner): { readonly organization_id: string; readonly principal_id: string } {
  return { organization_id: owner.organizationId, principal_id: owner.principalId }
}

function columns(set: Change['set']): Partial<TokenRow> {
  const { issuedAt, expiresAt, revokedAt, scopes, ipAllowlist, userId, name, description, hint } = set
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(hint !== undefined && { hint }),
    ...(scopes !== undefined && { scopes: JSON.stringify(scopes) }),
    ...(ipAllowlist !== undefined && { ip_allowlist: jsonOf(ipAllowlist) }),
    ...(userId !== undefined && { user_id: userId }),
    ...(issuedAt !== undefined && { issued_at: issuedAt.getTime() }),
    ...(expiresAt !== undefined && { expires_at: instantOf(expiresAt) }),
    ...(revokedAt !== undefined && { revoked_at: instantOf(revokedAt) }),
  }
}
