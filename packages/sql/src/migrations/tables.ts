import { type Kysely, type Migration, type RawBuilder, sql } from 'kysely'
import type { Engine } from '../engine.ts'
import { placedName, type TablePlace } from '../table-place.ts'

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

const SEQUENCES = ({ key }: Engine) => sql`
  name ${key} not null primary key,
  last bigint not null`

/** How far the batches of uses of each writer have come. */
const WRITERS = ({ key }: Engine) => sql`
  name ${key} not null primary key,
  last bigint not null,
  at bigint not null`

/** Rows in the order of time, which is how they are read and removed; an event's instant is part of its key. */
const USES = ({ key, reference, text }: Engine) => sql`
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
  primary key (at, id)`

const INDEXES: readonly (readonly [migration: string, table: string, index: string, columns: RawBuilder<unknown>])[] = [
  ['0006_token_of_owner', 'patkit_token', 'patkit_token_owner', sql`organization_id, principal_id, created_at, id`],
  ['0007_token_of_organization', 'patkit_token', 'patkit_token_organization', sql`organization_id, created_at, id`],
  ['0008_secret_of_token', 'patkit_secret', 'patkit_secret_token', sql`token_id`],
  ['0009_change_of_token', 'patkit_change', 'patkit_change_token', sql`token_id, at, id`],
  ['0010_answer_of_token', 'patkit_answer', 'patkit_answer_token', sql`token_id`],
  ['0011_answer_of_time', 'patkit_answer', 'patkit_answer_expires', sql`expires_at`],
  ['0013_use_of_token', 'patkit_use', 'patkit_use_token', sql`token_id, at`],
  ['0014_use_of_principal', 'patkit_use', 'patkit_use_principal', sql`organization_id, principal_id, at`],
  ['0015_use_of_organization', 'patkit_use', 'patkit_use_organization', sql`organization_id, at`],
  ['0016_use_by_outcome', 'patkit_use', 'patkit_use_outcome', sql`outcome, at`],
  ['0017_use_from_address', 'patkit_use', 'patkit_use_client_ip', sql`client_ip, at`],
  ['0018_change_of_time', 'patkit_change', 'patkit_change_at', sql`at, id`],
  ['0019_change_of_principal', 'patkit_change', 'patkit_change_principal', sql`organization_id, principal_id, at`],
  ['0020_change_of_organization', 'patkit_change', 'patkit_change_organization', sql`organization_id, at`],
  ['0032_change_by_actor', 'patkit_change', 'patkit_change_actor', sql`organization_id, actor_id, at`],
  ['0034_token_by_expiry', 'patkit_token', 'patkit_token_expires', sql`expires_at`],
  ['0035_token_by_issue', 'patkit_token', 'patkit_token_issued', sql`issued_at`],
]

/** By the id first: a writer of events looks for those that it names. */
const ERASURES = ({ key }: Engine) => sql`
  organization_id ${key} not null,
  principal_id ${key} not null,
  pseudonym ${key} not null,
  events ${key} not null,
  actor_id ${key} not null,
  begun_at bigint not null,
  done_at bigint,
  returned_at bigint,
  primary key (principal_id, organization_id, pseudonym)`

/** Notices that were handed out, of each end of a token. */
const NOTICES = ({ key }: Engine) => sql`
  token_id ${key} not null,
  ends_at bigint not null,
  within_ms bigint not null,
  claimed_at bigint not null,
  confirmed_at bigint,
  primary key (token_id, ends_at, within_ms)`

export function tableMigrations(engine: Engine, place: TablePlace): Readonly<Record<string, Migration>> {
  return Object.fromEntries([
    ...TABLES.map(([migration, name, columns]) => [migration, table(name, columns(engine), engine.tableOptions)]),
    ['0012_use', table('patkit_use', USES(engine), sql`${engine.tableOptions} ${engine.clustered}`)],
    ['0021_sequence', table('patkit_sequence', SEQUENCES(engine), engine.tableOptions)],
    ['0022_token_updated', column(engine, 'patkit_token', 'updated_at', sql`bigint`)],
    ['0023_use_withdraws', column(engine, 'patkit_use', 'withdraws', engine.key)],
    [
      '0024_use_withdrawal',
      index(
        engine,
        'patkit_use',
        placedName('patkit_use_withdraws', place),
        sql`withdraws`,
        engine.onlySet('withdraws'),
      ),
    ],
    ['0025_writer', table('patkit_writer', WRITERS(engine), engine.tableOptions)],
    ['0033_notice', table('patkit_notice', NOTICES(engine), engine.tableOptions)],
    ['0030_erasure', table('patkit_erasure', ERASURES(engine), engine.tableOptions)],
    [
      '0031_use_of_user',
      index(
        engine,
        'patkit_use',
        placedName('patkit_use_user', place),
        sql`organization_id, user_id, at`,
        engine.onlySet('user_id'),
      ),
    ],
    ...INDEXES.map(([migration, on, name, columns]) => [
      migration,
      index(engine, on, placedName(name, place), columns),
    ]),
  ])
}

function table(name: string, columns: RawBuilder<unknown>, options: RawBuilder<unknown>): Migration {
  return {
    up: (db) => run(db, sql`create table if not exists ${sql.table(name)} (${columns}) ${options}`),
  }
}

function index(
  engine: Engine,
  on: string,
  name: string,
  columns: RawBuilder<unknown>,
  rows: RawBuilder<unknown> = sql``,
): Migration {
  const condition = engine.indexIfNotExists ? sql`if not exists` : sql``
  return unlessMade(engine, sql`create index ${condition} ${sql.ref(name)} on ${sql.table(on)} (${columns}) ${rows}`)
}

/** Rows that are there already have `null` in it. */
function column(engine: Engine, on: string, name: string, type: RawBuilder<unknown>): Migration {
  return unlessMade(engine, sql`alter table ${sql.table(on)} ${engine.addColumn} ${sql.ref(name)} ${type}`)
}

/** Not every engine has `if not exists`; the others say so when an attempt before has come this far. */
function unlessMade(engine: Engine, statement: RawBuilder<unknown>): Migration {
  return {
    async up(db) {
      try {
        await run(db, statement)
      } catch (error) {
        if (!engine.isMade(error)) throw error
      }
    },
  }
}

async function run(db: Kysely<unknown>, statement: RawBuilder<unknown>): Promise<void> {
  await statement.execute(db)
}
