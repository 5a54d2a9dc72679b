import { type Kysely, type Migration, type RawBuilder, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** Never changed once released. One statement each: MySQL keeps what a migration that broke off has done. */
const TABLES: readonly (readonly [
  migration: string,
  table: string,
  columns: (engine: Engine) => RawBuilder<unknown>,
])[] = [
  [
    '0001_principal',
    'patkit_principal',
    ({ key, text }) => sql`
      organization_id ${key} not null,
      id ${key} not null,
      kind ${key} not null,
      disabled_at bigint,
      ceiling ${text},
      revision bigint not null,
      primary key (organization_id, id)`,
  ],
  [
    '0002_token',
    'patkit_token',
    ({ key, name, text }) => sql`
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
      issued_at bigint not null,
      expires_at bigint,
      revoked_at bigint,
      last_used_at bigint,
      last_used_ip ${key},
      use_count bigint not null`,
  ],
  [
    '0003_secret',
    'patkit_secret',
    ({ key }) => sql`
      digest ${key} not null primary key,
      token_id ${key} not null,
      created_at bigint not null,
      ends_at bigint,
      awaits_adoption smallint not null`,
  ],
  [
    '0004_change',
    'patkit_change',
    ({ key, text }) => sql`
      id ${key} not null primary key,
      at bigint not null,
      verb ${key} not null,
      actor_id ${key} not null,
      token_id ${key},
      principal_id ${key} not null,
      organization_id ${key} not null,
      members ${text} not null`,
  ],
  [
    '0005_answer',
    'patkit_answer',
    ({ key, text }) => sql`
      organization_id ${key} not null,
      principal_id ${key} not null,
      key_hash ${key} not null,
      request_hash ${key} not null,
      token_id ${key} not null,
      sealed ${text} not null,
      expires_at bigint not null,
      primary key (organization_id, principal_id, key_hash)`,
  ],
]

const INDEXES: readonly (readonly [migration: string, table: string, index: string, columns: RawBuilder<unknown>])[] = [
  ['0006_token_of_owner', 'patkit_token', 'patkit_token_owner', sql`organization_id, principal_id, created_at, id`],
  ['0007_token_of_organization', 'patkit_token', 'patkit_token_organization', sql`organization_id, created_at, id`],
  ['0008_secret_of_token', 'patkit_secret', 'patkit_secret_token', sql`token_id`],
  ['0009_change_of_token', 'patkit_change', 'patkit_change_token', sql`token_id, at, id`],
  ['0010_answer_of_token', 'patkit_answer', 'patkit_answer_token', sql`token_id`],
  ['0011_answer_of_time', 'patkit_answer', 'patkit_answer_expires', sql`expires_at`],
]

export function tableMigrations(engine: Engine): Readonly<Record<string, Migration>> {
  return Object.fromEntries([
    ...TABLES.map(([migration, name, columns]) => [migration, table(engine, name, columns(engine))]),
    ...INDEXES.map(([migration, on, name, columns]) => [migration, index(engine, on, name, columns)]),
  ])
}

function table(engine: Engine, name: string, columns: RawBuilder<unknown>): Migration {
  return {
    up: (db) => run(db, sql`create table if not exists ${sql.table(name)} (${columns}) ${engine.tableOptions}`),
  }
}

/** MySQL has no `if not exists` here, and says so when an attempt before has come this far. */
function index(engine: Engine, on: string, name: string, columns: RawBuilder<unknown>): Migration {
  const condition = engine.indexIfNotExists ? sql`if not exists` : sql``
  return {
    async up(db) {
      try {
        await run(db, sql`create index ${condition} ${sql.ref(name)} on ${sql.table(on)} (${columns})`)
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== 'ER_DUP_KEYNAME') throw error
      }
    },
  }
}

async function run(db: Kysely<unknown>, statement: RawBuilder<unknown>): Promise<void> {
  await statement.execute(db)
}
