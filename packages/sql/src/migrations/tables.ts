import { type Kysely, type Migration, type RawBuilder, sql } from 'kysely'
import type { Engine } from '../engine.ts'
import { placedName, type TablePlace } from '../table-place.ts'
import { storageMigrations } from './storage.ts'

interface Index {
  readonly name: string
  readonly columns: RawBuilder<unknown>
  /** A column without a value in most rows: the index leaves those out, where the engine can. */
  readonly onlySet?: string
}

/** Columns and indexes of a table that was made before. Columns may be null. */
interface Addition {
  readonly migration: string
  readonly table: string
  readonly columns: Readonly<Record<string, 'text' | 'bigint' | 'key'>>
  readonly indexes: (engine: Engine) => readonly Index[]
}

/** One subject: a table and its indexes. */
interface Subject {
  readonly migration: string
  readonly table: string
  readonly columns: (engine: Engine) => RawBuilder<unknown>
  /** Whether rows are stored in the order of the key. */
  readonly clustered?: boolean
  readonly indexes: readonly Index[]
}

/**
 * Never changed once released: a later change is another migration after these. Names below the first one belong to
 * layouts that were never released.
 */
const SUBJECTS: readonly Subject[] = [
  {
    migration: '0100_principals',
    table: 'patkit_principal',
    columns: ({ key, text }) => sql`
      organization_id ${key} not null,
      id ${key} not null,
      kind ${key} not null,
      disabled_at bigint,
      ceiling ${text},
      revision bigint not null,
      primary key (organization_id, id)`,
    indexes: [],
  },
  {
    migration: '0101_tokens',
    table: 'patkit_token',
    columns: ({ key, name, text }) => sql`
      id ${key} not null primary key,
      organization_id ${key} not null,
      principal_id ${key} not null,
      version bigint not null,
      name ${name} not null,
      description ${text},
      search ${text} not null,
      hint ${key} not null,
      scopes ${text} not null,
      user_id ${key},
      ip_allowlist ${text},
      created_by ${key} not null,
      created_at bigint not null,
      updated_at bigint not null,
      issued_at bigint not null,
      expires_at bigint,
      revoked_at bigint,
      last_used_at bigint,
      last_used_ip ${key},
      use_count bigint not null`,
    indexes: [
      { name: 'patkit_token_owner', columns: sql`organization_id, principal_id, created_at, id` },
      { name: 'patkit_token_organization', columns: sql`organization_id, created_at, id` },
      { name: 'patkit_token_expires', columns: sql`expires_at` },
      { name: 'patkit_token_issued', columns: sql`issued_at` },
    ],
  },
  {
    migration: '0102_secrets',
    table: 'patkit_secret',
    columns: ({ key }) => sql`
      digest ${key} not null primary key,
      token_id ${key} not null,
      created_at bigint not null,
      ends_at bigint,
      awaits_adoption smallint not null`,
    indexes: [{ name: 'patkit_secret_token', columns: sql`token_id` }],
  },
  {
    migration: '0103_changes',
    table: 'patkit_change',
    columns: ({ key, text }) => sql`
      id ${key} not null primary key,
      at bigint not null,
      action ${key} not null,
      actor_id ${key} not null,
      token_id ${key},
      principal_id ${key} not null,
      organization_id ${key} not null,
      fields ${text} not null`,
    indexes: [
      { name: 'patkit_change_token', columns: sql`token_id, at, id` },
      { name: 'patkit_change_at', columns: sql`at, id` },
      { name: 'patkit_change_principal', columns: sql`organization_id, principal_id, at` },
      { name: 'patkit_change_organization', columns: sql`organization_id, at` },
      { name: 'patkit_change_actor', columns: sql`organization_id, actor_id, at` },
    ],
  },
  {
    migration: '0104_answers',
    table: 'patkit_answer',
    columns: ({ key, text }) => sql`
      organization_id ${key} not null,
      principal_id ${key} not null,
      key_hash ${key} not null,
      request_hash ${key} not null,
      token_id ${key} not null,
      sealed ${text} not null,
      expires_at bigint not null,
      primary key (organization_id, principal_id, key_hash)`,
    indexes: [
      { name: 'patkit_answer_token', columns: sql`token_id` },
      { name: 'patkit_answer_expires', columns: sql`expires_at` },
    ],
  },
  /** Rows in the order of time, in which they are read and removed: an event's instant is part of its key. */
  {
    migration: '0105_uses',
    table: 'patkit_use',
    columns: ({ key, reference, text }) => sql`
      at bigint not null,
      id ${key} not null,
      kind ${key} not null,
      outcome ${key} not null,
      token_id ${reference},
      principal_id ${reference},
      organization_id ${reference},
      user_id ${reference},
      client_ip ${key},
      required_scopes ${text} not null,
      request_id ${text},
      method ${text} not null,
      path ${text},
      route ${text},
      user_agent ${text},
      count bigint not null,
      withdraws ${key},
      primary key (at, id)`,
    clustered: true,
    indexes: [
      { name: 'patkit_use_token', columns: sql`token_id, at` },
      { name: 'patkit_use_principal', columns: sql`organization_id, principal_id, at` },
      { name: 'patkit_use_organization', columns: sql`organization_id, at` },
      { name: 'patkit_use_outcome', columns: sql`outcome, at` },
      { name: 'patkit_use_client_ip', columns: sql`client_ip, at` },
      { name: 'patkit_use_user', columns: sql`organization_id, user_id, at`, onlySet: 'user_id' },
      { name: 'patkit_use_withdraws', columns: sql`withdraws`, onlySet: 'withdraws' },
    ],
  },
  {
    migration: '0106_sequences',
    table: 'patkit_sequence',
    columns: ({ key }) => sql`
      name ${key} not null primary key,
      last bigint not null`,
    indexes: [],
  },
  /** The last batch of uses of each writer. */
  {
    migration: '0107_writers',
    table: 'patkit_writer',
    columns: ({ key }) => sql`
      name ${key} not null primary key,
      last bigint not null,
      at bigint not null`,
    indexes: [],
  },
  /** By the id first: a writer of events looks for the principals that they name. */
  {
    migration: '0108_erasures',
    table: 'patkit_erasure',
    columns: ({ key }) => sql`
      organization_id ${key} not null,
      principal_id ${key} not null,
      pseudonym ${key} not null,
      events ${key} not null,
      actor_id ${key} not null,
      begun_at bigint not null,
      done_at bigint,
      returned_at bigint,
      primary key (principal_id, organization_id, pseudonym)`,
    indexes: [],
  },
  /** Notices that were handed out, of each end of a token. */
  {
    migration: '0109_notices',
    table: 'patkit_notice',
    columns: ({ key }) => sql`
      token_id ${key} not null,
      ends_at bigint not null,
      within_ms bigint not null,
      claimed_at bigint not null,
      confirmed_at bigint,
      primary key (token_id, ends_at, within_ms)`,
    indexes: [],
  },
  /** One-time sign-in links that were neither used nor pruned. */
  {
    migration: '0110_sign_in_links',
    table: 'patkit_sign_in_link',
    columns: ({ key }) => sql`
      digest ${key} not null primary key,
      organization_id ${key} not null,
      principal_id ${key} not null,
      role ${key} not null,
      ends_at bigint not null`,
    indexes: [{ name: 'patkit_sign_in_link_owner', columns: sql`organization_id, principal_id` }],
  },
  {
    migration: '0111_sessions',
    table: 'patkit_session',
    columns: ({ key }) => sql`
      digest ${key} not null primary key,
      organization_id ${key} not null,
      principal_id ${key} not null,
      created_at bigint not null,
      used_at bigint not null,
      ends_at bigint not null`,
    indexes: [{ name: 'patkit_session_owner', columns: sql`organization_id, principal_id` }],
  },
  {
    migration: '0112_administrators',
    table: 'patkit_administrator',
    columns: ({ key }) => sql`
      organization_id ${key} not null,
      principal_id ${key} not null,
      created_at bigint not null,
      primary key (organization_id, principal_id)`,
    indexes: [],
  },
  /** For the channels between nodes. Written in the transaction of each change. */
  {
    migration: '0113_invalidations',
    table: 'patkit_invalidation',
    columns: ({ key, numbered, reference }) => sql`
      number ${numbered},
      at bigint not null,
      kind ${key} not null,
      id ${reference},
      min_version bigint`,
    indexes: [],
  },
  /** Scopes as JSON, in one row: a flush writes all scopes of a token. */
  {
    migration: '0117_scope_uses',
    table: 'patkit_scope_use',
    columns: ({ key, text }) => sql`
      token_id ${key} not null primary key,
      use_count bigint not null,
      scopes ${text} not null`,
    indexes: [],
  },
  /** The last report of each running verifier, for `patkit doctor --nodes`. */
  {
    migration: '0121_nodes',
    table: 'patkit_node',
    columns: ({ key, text }) => sql`
      name ${key} not null primary key,
      at bigint not null,
      report ${text} not null`,
    indexes: [],
  },
]

const ADDITIONS: readonly Addition[] = [
  {
    migration: '0114_use_requests',
    table: 'patkit_use',
    columns: { missing_scopes: 'text' },
    indexes: ({ textInIndex }) => [
      { name: 'patkit_use_request', columns: sql`${textInIndex('request_id')}, at`, onlySet: 'request_id' },
    ],
  },
  { migration: '0115_change_reasons', table: 'patkit_change', columns: { reason: 'text' }, indexes: () => [] },
  {
    migration: '0116_secret_uses',
    table: 'patkit_secret',
    columns: { last_used_at: 'bigint', last_used_ip: 'key' },
    indexes: () => [],
  },
  { migration: '0123_session_methods', table: 'patkit_session', columns: { method: 'key' }, indexes: () => [] },
  { migration: '0124_change_addresses', table: 'patkit_change', columns: { client_ip: 'key' }, indexes: () => [] },
]

const USES = 'patkit_use'

/** The indexes of uses that a store can be without: each filter that they serve is then a search in another index. */
const OPTIONAL = [
  'patkit_use_principal',
  'patkit_use_outcome',
  'patkit_use_client_ip',
  'patkit_use_user',
  'patkit_use_request',
]

/** Makes the optional indexes of uses that are missing, or removes them. */
export async function setOptionalIndexes(
  db: Kysely<unknown>,
  engine: Engine,
  place: TablePlace,
  areWanted: boolean,
): Promise<void> {
  for (const index of indexesOf(USES, engine).filter(({ name }) => OPTIONAL.includes(name))) {
    const placed = { ...index, name: placedName(index.name, place) }
    if (areWanted) await createIndex(db, engine, USES, placed)
    else await dropIndex(db, engine, USES, placed.name)
  }
}

function indexesOf(table: string, engine: Engine): readonly Index[] {
  const added = ADDITIONS.filter((addition) => addition.table === table).flatMap(({ indexes }) => indexes(engine))
  return [...SUBJECTS.filter((subject) => subject.table === table).flatMap(({ indexes }) => indexes), ...added]
}

async function dropIndex(db: Kysely<unknown>, engine: Engine, table: string, name: string): Promise<void> {
  try {
    await engine.dropIndex(name, table).execute(db)
  } catch (error) {
    if (!engine.isIndexMissing(error)) throw error
  }
}

/** The migrations by name, in the order of their names. */
export function tableMigrations(engine: Engine, place: TablePlace): Readonly<Record<string, Migration>> {
  const migrations = [
    ...SUBJECTS.map((subject) => [subject.migration, migrationOf(subject, engine, place)] as const),
    ...ADDITIONS.map((addition) => [addition.migration, additionOf(addition, engine, place)] as const),
    ...Object.entries(storageMigrations(engine)),
  ]
  return Object.fromEntries(migrations.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Each statement does nothing where it was run before: MySQL keeps what a migration that broke off has done. */
function migrationOf(subject: Subject, engine: Engine, place: TablePlace): Migration {
  const { table, columns, clustered = false, indexes } = subject
  const options = clustered ? sql`${engine.tableOptions} ${engine.clustered}` : engine.tableOptions
  return {
    async up(db) {
      await sql`create table if not exists ${sql.table(table)} (${columns(engine)}) ${options}`.execute(db)
      for (const index of indexes)
        await createIndex(db, engine, table, { ...index, name: placedName(index.name, place) })
    },
  }
}

function additionOf({ table, columns, indexes }: Addition, engine: Engine, place: TablePlace): Migration {
  const condition = engine.columnIfNotExists ? sql`if not exists` : sql``
  return {
    async up(db) {
      for (const [name, type] of Object.entries(columns)) {
        await unlessMade(
          engine,
          sql`alter table ${sql.table(table)} add column ${condition} ${sql.ref(name)} ${type === 'bigint' ? sql`bigint` : engine[type]}`,
          db,
        )
      }
      for (const index of indexes(engine)) {
        await createIndex(db, engine, table, { ...index, name: placedName(index.name, place) })
      }
    },
  }
}

/** Not every engine has `if not exists` for columns and indexes; the others fail where they exist. */
async function unlessMade(engine: Engine, statement: RawBuilder<unknown>, db: Kysely<unknown>): Promise<void> {
  try {
    await statement.execute(db)
  } catch (error) {
    if (!engine.isMade(error)) throw error
  }
}

async function createIndex(
  db: Kysely<unknown>,
  engine: Engine,
  table: string,
  { name, columns, onlySet }: Index,
): Promise<void> {
  const condition = engine.indexIfNotExists ? sql`if not exists` : sql``
  const rows = onlySet === undefined ? sql`` : engine.onlySet(onlySet)
  await unlessMade(
    engine,
    sql`create index ${condition} ${sql.ref(name)} on ${sql.table(table)} (${columns}) ${rows}`,
    db,
  )
}
