import type { ChangeEvent, Owner } from '@patkit/tokens/store'
import type { Kysely } from 'kysely'
import { keepChanges } from './changes.ts'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'
import { retrying, type Transact } from './transaction.ts'

/**
 * The effect of a sign-in link beside the session: none (`user`), the principal becomes an administrator
 * (`administrator`), or it does where the organization has no administrator yet (`first-administrator`).
 */
export type SignInRole = 'user' | 'administrator' | 'first-administrator'

export interface SignInLink {
  /** SHA-256 of the code, hexadecimal. */
  readonly digest: string
  readonly owner: Owner
  readonly role: SignInRole
  /** The link is unknown from this instant on. */
  readonly endsAt: Date
}

/** How a principal signed in: by a one-time link, or at an OpenID provider. */
export type SignInMethod = 'link' | 'openid'

export interface Session {
  /** SHA-256 of the session id, hexadecimal. */
  readonly digest: string
  readonly owner: Owner
  /** `null` for a session of a version that did not record it. */
  readonly method: SignInMethod | null
  readonly createdAt: Date
  readonly usedAt: Date
  /** Its absolute end. */
  readonly endsAt: Date
}

/** A session, and what changes with it. */
export interface NewSession {
  readonly session: Session
  readonly event: ChangeEvent
  /** The link that is used up, and gives its role; `null` for a sign-in without one. */
  readonly link: SignInLink | null
  /** Digest of the session that ends; `null` without one. */
  readonly replacedSession: string | null
}

/**
 * Sign-in links, sessions and administrators. Secrets are stored as digests. Disabling or erasing a principal ends its
 * links and sessions in the same transaction.
 */
export interface SignInStore {
  /** A first-administrator link replaces the earlier ones of its organization. */
  addLink(link: SignInLink): Promise<void>
  /** A link before its end. */
  findLink(digest: string, now: Date): Promise<SignInLink | null>
  /**
   * Writes a session, the event of its sign-in and an administrator's role, and removes the link and the session that it
   * replaces, in one transaction.
   *
   * @returns `false` where another sign-in has used the link up: nothing is written then
   */
  addSession(added: NewSession): Promise<boolean>
  /** A session before its absolute end. */
  findSession(digest: string, now: Date): Promise<Session | null>
  /** Moves the last use forward, never back. */
  touchSession(digest: string, usedAt: Date): Promise<void>
  /** Writes the event of a sign-out, if given, in the same transaction, unless the session had ended before. */
  endSession(digest: string, event?: ChangeEvent): Promise<void>
  /** Ends all sessions and sign-in links of a principal. */
  endSessions(owner: Owner): Promise<void>
  /** An existing administrator stays. */
  addAdministrator(owner: Owner, now: Date): Promise<void>
  /** @returns whether the principal was one */
  removeAdministrator(owner: Owner): Promise<boolean>
  isAdministrator(owner: Owner): Promise<boolean>
  /** The ids of the administrators of an organization. */
  listAdministrators(organizationId: string): Promise<readonly string[]>
  /** Removes links and sessions that have ended. */
  prune(now: Date): Promise<void>
}

export function createSignIns(db: Kysely<Schema>, transact: Transact, engine: Engine): SignInStore {
  return { ...links(db, transact, engine), ...sessions(db, transact, engine), ...administrators(db, engine) }
}

/** Ends links and sessions of a principal within a transaction. */
export async function endSignIns(db: Kysely<Schema>, owner: Owner): Promise<void> {
  for (const table of ['patkit_sign_in_link', 'patkit_session'] as const) {
    await db
      .deleteFrom(table)
      .where(({ and }) => and(columns(owner)))
      .execute()
  }
}

export async function removeAdministrator(db: Kysely<Schema>, owner: Owner): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('patkit_administrator')
    .where(({ and }) => and(columns(owner)))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

type Links = Pick<SignInStore, 'addLink' | 'findLink' | 'endSessions' | 'prune'>

function links(db: Kysely<Schema>, transact: Transact, engine: Engine): Links {
  return {
    async addLink({ digest, owner, role, endsAt }) {
      const row = { digest, ...columns(owner), role, ends_at: endsAt.getTime() }
      await transact(async (trx) => {
        if (role === 'first-administrator') {
          await trx
            .deleteFrom('patkit_sign_in_link')
            .where(({ and }) => and({ organization_id: owner.organizationId, role }))
            .execute()
        }
        await trx.insertInto('patkit_sign_in_link').values(row).execute()
      })
    },
    async findLink(digest, now) {
      const query = db.selectFrom('patkit_sign_in_link').selectAll().where('digest', '=', digest)
      const row = await query.where('ends_at', '>', now.getTime()).executeTakeFirst()
      if (row === undefined) return null
      const role = row.role as SignInRole
      return { digest, owner: ownerOf(row), role, endsAt: new Date(Number(row.ends_at)) }
    },
    endSessions: (owner) => transact((trx) => endSignIns(trx, owner)),
    async prune(now) {
      for (const table of ['patkit_sign_in_link', 'patkit_session'] as const) {
        const removal = db.deleteFrom(table).where('ends_at', '<=', now.getTime())
        await retrying(engine, () => removal.execute())
      }
    },
  }
}

type Sessions = Pick<SignInStore, 'addSession' | 'findSession' | 'touchSession' | 'endSession'>

function sessions(db: Kysely<Schema>, transact: Transact, engine: Engine): Sessions {
  return {
    addSession({ session, event, link, replacedSession }) {
      const { digest, owner, method, createdAt, usedAt, endsAt } = session
      const times = { created_at: createdAt.getTime(), used_at: usedAt.getTime(), ends_at: endsAt.getTime() }
      return transact(async (trx) => {
        if (link !== null && !(await useLink(trx, { link, session }, engine))) return false
        if (replacedSession !== null) await removeSession(trx, replacedSession)
        await trx
          .insertInto('patkit_session')
          .values({ digest, ...columns(owner), method, ...times })
          .execute()
        await keepChanges(trx, [event])
        return true
      })
    },
    async findSession(digest, now) {
      const query = db.selectFrom('patkit_session').selectAll().where('digest', '=', digest)
      const row = await query.where('ends_at', '>', now.getTime()).executeTakeFirst()
      if (row === undefined) return null
      const [createdAt, usedAt, endsAt] = [row.created_at, row.used_at, row.ends_at].map((at) => new Date(Number(at)))
      return { digest, owner: ownerOf(row), method: row.method, createdAt, usedAt, endsAt } as Session
    },
    async touchSession(digest, usedAt) {
      const used_at = usedAt.getTime()
      const update = db.updateTable('patkit_session').set({ used_at }).where('digest', '=', digest)
      await retrying(engine, () => update.where('used_at', '<', used_at).execute())
    },
    endSession(digest, event) {
      return transact(async (trx) => {
        const isRemoved = await removeSession(trx, digest)
        if (event !== undefined && isRemoved) await keepChanges(trx, [event])
      })
    },
  }
}

/** The deletion decides between sign-ins that have found the same link. */
async function useLink(
  trx: Kysely<Schema>,
  { link, session }: { readonly link: SignInLink; readonly session: Session },
  engine: Engine,
): Promise<boolean> {
  const removal = trx.deleteFrom('patkit_sign_in_link').where('digest', '=', link.digest)
  const { numDeletedRows } = await removal.executeTakeFirst()
  if (numDeletedRows === 0n) return false
  if (link.role !== 'user') await addAdministrator(trx, link.owner, session.createdAt, engine)
  return true
}

async function removeSession(db: Kysely<Schema>, digest: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('patkit_session').where('digest', '=', digest).executeTakeFirst()
  return numDeletedRows > 0n
}

type Administrators = Pick<
  SignInStore,
  'addAdministrator' | 'removeAdministrator' | 'isAdministrator' | 'listAdministrators'
>

function administrators(db: Kysely<Schema>, engine: Engine): Administrators {
  return {
    addAdministrator: (owner, now) => retrying(engine, () => addAdministrator(db, owner, now, engine)),
    removeAdministrator: (owner) => retrying(engine, () => removeAdministrator(db, owner)),
    async isAdministrator(owner) {
      const query = db.selectFrom('patkit_administrator').select('principal_id')
      return (await query.where(({ and }) => and(columns(owner))).executeTakeFirst()) !== undefined
    },
    async listAdministrators(organizationId) {
      const query = db.selectFrom('patkit_administrator').select('principal_id')
      const rows = await query.where('organization_id', '=', organizationId).orderBy('principal_id').execute()
      return rows.map((row) => row.principal_id)
    },
  }
}

async function addAdministrator(db: Kysely<Schema>, owner: Owner, now: Date, { keepFirst }: Engine): Promise<void> {
  await db
    .insertInto('patkit_administrator')
    .values({ ...columns(owner), created_at: now.getTime() })
    .modifyEnd(keepFirst('principal_id'))
    .execute()
}

function columns({ organizationId, principalId }: Owner) {
  return { organization_id: organizationId, principal_id: principalId }
}

function ownerOf(row: { readonly organization_id: string; readonly principal_id: string }): Owner {
  return { organizationId: row.organization_id, principalId: row.principal_id }
}
