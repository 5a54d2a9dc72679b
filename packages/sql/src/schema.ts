import type { Kysely, Transaction } from 'kysely'

/** Instants are epoch milliseconds, lists JSON. Drivers give big integers as numbers or as text. */
export type Integer = number | string | bigint

export interface PrincipalRow {
  readonly organization_id: string
  readonly id: string
  readonly kind: string
  readonly disabled_at: Integer | null
  readonly ceiling: string | null
  /** Moved to take the lock that orders what counts tokens. */
  readonly revision: Integer
}

export interface TokenRow {
  readonly id: string
  readonly organization_id: string
  readonly principal_id: string
  readonly version: Integer
  readonly name: string
  readonly description: string | null
  /** Name and description, folded. */
  readonly search: string
  readonly hint: string
  readonly scopes: string
  readonly user_id: string | null
  readonly ip_allowlist: string | null
  readonly created_by: string
  readonly created_at: Integer
  readonly updated_at: Integer
  readonly issued_at: Integer
  readonly expires_at: Integer | null
  readonly revoked_at: Integer | null
  readonly last_used_at: Integer | null
  readonly last_used_ip: string | null
  readonly use_count: Integer
}

export interface SecretRow {
  readonly digest: string
  readonly token_id: string
  readonly created_at: Integer
  readonly ends_at: Integer | null
  readonly awaits_adoption: Integer
  readonly last_used_at: Integer | null
  readonly last_used_ip: string | null
}

/** Of a token whose uses are recorded with their scopes. */
export interface ScopeUseRow {
  readonly token_id: string
  readonly use_count: Integer
  readonly scopes: string
}

export interface ChangeRow {
  readonly id: string
  readonly at: Integer
  readonly action: string
  readonly actor_id: string
  readonly token_id: string | null
  readonly principal_id: string
  readonly organization_id: string
  readonly fields: string
  readonly reason: string | null
  readonly client_ip: string | null
}

export interface UseRow {
  readonly at: Integer
  readonly id: string
  readonly kind: string
  readonly outcome: string
  readonly token_id: string | null
  readonly principal_id: string | null
  readonly organization_id: string | null
  readonly user_id: string | null
  readonly client_ip: string | null
  readonly required_scopes: string
  /** `null` in rows from before it was recorded. */
  readonly missing_scopes: string | null
  readonly request_id: string | null
  readonly method: string
  readonly path: string | null
  readonly route: string | null
  readonly user_agent: string | null
  readonly count: Integer
  /** The first event of the decision that this one is the last word on; `null` in nearly all rows. */
  readonly withdraws: string | null
}

export interface AnswerRow {
  readonly organization_id: string
  readonly principal_id: string
  readonly key_hash: string
  readonly request_hash: string
  readonly token_id: string
  readonly sealed: string
  readonly expires_at: Integer
}

export interface SequenceRow {
  readonly name: string
  readonly last: Integer
}

export interface WriterRow {
  readonly name: string
  /** The number of its last batch. */
  readonly last: Integer
  readonly at: Integer
}

export interface ErasureRow {
  readonly organization_id: string
  readonly principal_id: string
  readonly pseudonym: string
  readonly events: string
  readonly actor_id: string
  readonly begun_at: Integer
  readonly done_at: Integer | null
  readonly returned_at: Integer | null
}

export interface NoticeRow {
  readonly token_id: string
  readonly ends_at: Integer
  readonly within_ms: Integer
  readonly claimed_at: Integer
  readonly confirmed_at: Integer | null
}

export interface SignInLinkRow {
  readonly digest: string
  readonly organization_id: string
  readonly principal_id: string
  readonly role: string
  readonly ends_at: Integer
}

export interface SessionRow {
  readonly digest: string
  readonly organization_id: string
  readonly principal_id: string
  readonly created_at: Integer
  readonly used_at: Integer
  readonly ends_at: Integer
  readonly method: string | null
}

export interface AdministratorRow {
  readonly organization_id: string
  readonly principal_id: string
  readonly created_at: Integer
}

/** An invalidation of a change. */
export interface InvalidationRow {
  /** Drawn by the database. */
  readonly number: Integer
  readonly at: Integer
  readonly kind: string
  readonly id: string | null
  readonly min_version: Integer | null
}

/** The last report of a node. */
export interface NodeRow {
  readonly name: string
  readonly at: Integer
  readonly report: string
}

export interface Schema {
  readonly patkit_principal: PrincipalRow
  readonly patkit_token: TokenRow
  readonly patkit_secret: SecretRow
  readonly patkit_scope_use: ScopeUseRow
  readonly patkit_change: ChangeRow
  readonly patkit_answer: AnswerRow
  readonly patkit_use: UseRow
  readonly patkit_sequence: SequenceRow
  readonly patkit_writer: WriterRow
  readonly patkit_erasure: ErasureRow
  readonly patkit_notice: NoticeRow
  readonly patkit_sign_in_link: SignInLinkRow
  readonly patkit_session: SessionRow
  readonly patkit_administrator: AdministratorRow
  readonly patkit_invalidation: InvalidationRow
  readonly patkit_node: NodeRow
}

/** A transaction of the application, with any tables. */
// biome-ignore lint/suspicious/noExplicitAny: Kysely is invariant in its tables, and these are the application's
export type AppTransaction = Transaction<any>
/** A Kysely instance of the application. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AppDatabase = Kysely<any>
