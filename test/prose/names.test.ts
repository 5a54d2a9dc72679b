import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApi } from '@patkit/api'
import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { SqliteDialect } from 'kysely'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { PACKAGE_SOURCES } from '../architecture/package-sources.ts'
import { ROOT } from '../architecture/repository.ts'
import { type Source, walk } from '../architecture/source.ts'

const REST = pageOf('docs/reference/rest.md')
const OPTIONS = pageOf('docs/reference/options.md')

interface OptionTable {
  readonly heading: string
  readonly interfaces: readonly string[]
  /** Options of union types and of interfaces of others. */
  readonly others?: readonly string[]
}

const TABLES: readonly OptionTable[] = [
  {
    heading: 'patAuth',
    interfaces: ['VerifierSwitches', 'ScopeOptions', 'UseListener', 'MiddlewareOptions'],
    others: ['resolve'],
  },
  { heading: 'limitRate', interfaces: ['RateLimit'] },
  { heading: 'tokenFormat', interfaces: ['TokenFormatOptions'] },
  { heading: 'importedFormat', interfaces: ['ImportedFormatOptions'] },
  { heading: 'createTokenService', interfaces: ['TokenServiceOptions', 'ScopeOptions'] },
  { heading: 'sqlStore', interfaces: ['Placement'], others: ['dialect', 'db'] },
  { heading: 'postgresChannel', interfaces: ['PostgresChannelOptions'], others: ['store', 'onError', 'clock'] },
  { heading: 'redisChannel', interfaces: ['RedisChannelOptions'] },
  { heading: 'pollingChannel', interfaces: ['PollingChannelOptions'] },
  { heading: 'channelWithBackstop', interfaces: ['BackstopOptions'] },
  { heading: 'reportNode', interfaces: ['ReportNodeOptions'] },
  { heading: 'createApi', interfaces: ['ApiOptions'] },
  { heading: 'expressConsole, koaConsole and honoConsole', interfaces: ['ConsoleOptions'] },
]

test.each(TABLES)('options.md, $heading: the table has every option and no other', (table) => {
  const members = table.interfaces.flatMap(membersOf)
  const names = namesIn(tableOf(OPTIONS, table.heading))
  expect(names.sort()).toEqual(distinct([...members, ...(table.others ?? [])]))
})

test('rest.md has every parameter of a query', () => {
  const parameters = Object.values(documentOfApi().paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap((operation) => operation.parameters ?? [])
  const names = new Set(parameters.filter((each) => each.in !== 'path').map(({ name }) => name))
  expect(names.size).toBeGreaterThan(15)
  expect([...names].filter((name) => !REST.includes(`\`${name}`))).toEqual([])
})

test('rest.md has every code of a problem, beside its status', () => {
  const sources = PACKAGE_SOURCES.filter(({ path }) => path.startsWith('api/')).map(({ text }) => text)
  const problems = sources.flatMap((text) => [...text.matchAll(/(?:ApiProblem\(|\[)(\d{3}), '(\w+)'/g)])
  expect(problems.length).toBeGreaterThan(20)
  const missing = problems.filter(([, status, code]) => !isListed(status as string, code as string))
  expect(missing.map(([found]) => found)).toEqual([])
})

test('sql.md has every table with its key, and every index', async () => {
  const page = pageOf('docs/reference/sql.md')
  const entries = await schemaEntries()
  expect(entries.length).toBeGreaterThan(30)
  expect(entries.filter((entry) => !listedIn(page).includes(entry))).toEqual([])
})

test('the pages of the command line have every variable that it reads, and no other', () => {
  const names = /\b(?:PATKIT_[A-Z_]+|PGPASSWORD|MYSQL_PWD)\b/g
  const read = PACKAGE_SOURCES.filter(({ path }) => path.startsWith('cli/')).map(({ text }) => text)
  const pages = ['docs/reference/cli.md', 'docs/guides/serve.md'].map(pageOf)
  expect(distinct(pages.join('\n').match(names))).toEqual(distinct(read.join('\n').match(names)))
})

function pageOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function distinct(names: Iterable<string> | null): string[] {
  return [...new Set(names ?? [])].sort()
}

/** The text under a heading of any level, up to the next heading. */
function tableOf(page: string, heading: string): string {
  const [, section = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'))
  return section.split(/^#/m)[0] as string
}

/** The names in the first column. */
function namesIn(table: string): string[] {
  const cells = [...table.matchAll(/^\| (.*?) +\|/gm)].map(([, cell]) => cell as string)
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string))
}

/** The members of the one interface of the packages with this name. */
function membersOf(name: string): string[] {
  const sources = PACKAGE_SOURCES.filter(({ text }) => text.includes(`interface ${name}`))
  const found = sources.flatMap((source) => interfaceMembers(source, name))
  if (found.length === 0) throw new Error(`no interface ${name}`)
  return found
}

function interfaceMembers(source: Source, name: string): string[] {
  const names: string[] = []
  walk(source, {
    TSInterfaceDeclaration({ id, body }) {
      if (id.name !== name) return
      for (const member of body.body)
        if ('key' in member) names.push(source.text.slice(member.key.start, member.key.end))
    },
  })
  return names
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
}

function documentOfApi(): { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> } {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
  return createApi({ tokens, authenticate: () => null }).document as ReturnType<typeof documentOfApi>
}

/** In a row of the table of problems, or with its status behind it. */
function isListed(status: string, code: string): boolean {
  const rows = REST.split('\n').filter((line) => line.startsWith(`| ${status} `))
  return rows.some((row) => row.includes(`\`${code}\``)) || REST.includes(`\`${code}\` (${status})`)
}

/** `patkit_use key at, id` for a table, `patkit_use (token_id, at)` for an index. */
async function schemaEntries(): Promise<string[]> {
  const database = new Database(':memory:')
  const store = sqlStore({ dialect: new SqliteDialect({ database }) })
  await store.migrate()
  const statements = database.prepare("select tbl_name as 'table', type, sql from sqlite_master where sql is not null")
  const rows = statements.all() as { readonly table: string; readonly type: string; readonly sql: string }[]
  const entries = rows
    .filter(({ table }) => table.startsWith('patkit_'))
    .map(({ table, type, sql }) => (type === 'table' ? `${table} key ${keyOf(sql)}` : `${table} ${columnsOf(sql)}`))
  await store[Symbol.asyncDispose]()
  return entries
}

function keyOf(statement: string): string {
  const [, list] = /primary key \(([^)]+)\)/.exec(statement) ?? []
  const [, column] = /"?(\w+)"? [\w()]+(?: not null)? primary key/.exec(statement) ?? []
  return list ?? (column as string)
}

function columnsOf(statement: string): string {
  const [columns = ''] = /\([^)]+\)/.exec(statement) ?? []
  return columns.replaceAll('"', '')
}

/** The entries of the two tables of the page, in the form of `schemaEntries`. */
function listedIn(page: string): string[] {
  const keys = [...page.matchAll(/^\| `(patkit_\w+)` +\| `([^`]+)`/gm)].map(([, table, key]) => `${table} key ${key}`)
  const cells = [...tableOf(page, 'Indexes').matchAll(/^\| (.*?) +\|/gm)].map(([, cell]) => cell as string)
  return [...keys, ...cells.flatMap(indexesIn)]
}

/** A cell names tables, and columns in brackets: each list of columns is of the tables before it without one. */
function indexesIn(cell: string): string[] {
  const tables = cell.match(/patkit_\w+/g) ?? []
  const columns = cell.match(/\([^)]+\)/g) ?? []
  return tables.flatMap((table) => columns.map((list) => `${table} ${list}`))
}
