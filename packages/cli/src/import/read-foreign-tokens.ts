import type { Owner } from '@patkit/tokens'
import { type ForeignToken, isFault, type LineFault } from './foreign-token.ts'
import type { Reading, ReadingContext } from './layout.ts'
import { type ReadOptions, type ReadSettings, readSettings } from './read-options.ts'
import type { RawRecord } from './records.ts'
import { csvRecords, jsonLineRecords } from './records.ts'
import { columnKey, createRow, type Row } from './row.ts'

/** The tokens of a file, as they are read. The facts about columns are complete after the last line. */
export interface ForeignTokens extends AsyncIterable<ForeignToken | LineFault> {
  /** Columns with values that patkit has nothing for, and in how many lines. */
  readonly ignored: ReadonlyMap<string, number>
  /** Columns that would have ended tokens or narrowed them, and that no line has. */
  readonly absent: () => readonly string[]
}

const READERS = { csv: csvRecords, jsonl: jsonLineRecords }
const LONGEST_NAME = 255
const LONGEST_HINT = 64
/** Unicode's normal form C of a text has at least one code point for four code units (Unicode FAQ, Normalization). */
const UNITS_PER_CHARACTER = 4
/** In a file without a header, a token may be in the place of a column name. */
const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_. -]{0,39}$/

/**
 * Reads the tokens of a file of another system, line by line, of any size. Faults come in their
 * places; the stream's own errors are thrown.
 *
 * @throws TypeError naming the option that is wrong
 */
export function readForeignTokens(input: AsyncIterable<string | Uint8Array>, options: ReadOptions): ForeignTokens {
  const settings = readSettings(options)
  const { layout, fileFormat, clock } = settings
  const ignored = new Map<string, number>()
  const seen = new Set<string>()
  const context: ReadingContext = { now: new Date(clock()), ownerOf: createOwnerOf(settings) }

  function note(row: Row): void {
    for (const column of layout.limits) if (row.has(column)) seen.add(column)
    for (const name of row.unread()) {
      const shown = COLUMN_NAME.test(name) ? name : '(a column without a plain name)'
      if (layout.strict === true) row.refuse(shown, 'is not a column of this layout')
      ignored.set(shown, (ignored.get(shown) ?? 0) + 1)
    }
  }

  async function* tokens(): AsyncGenerator<ForeignToken | LineFault> {
    let isFirst = true
    for await (const record of READERS[fileFormat](input)) {
      if (isFault(record)) {
        yield record
        continue
      }
      const row = createRow(spread(record, layout.nested), layout.dates)
      if (isFirst && fileFormat === 'csv' && !row.has(layout.digest)) return yield withoutHeader(layout.digest)
      isFirst = false
      const token = tokenOf(row, layout.read(row, context), settings)
      note(row)
      if (token === null || row.faults.length > 0) yield* row.faults
      else yield token
    }
  }

  return {
    ignored,
    absent: () => layout.limits.filter((column) => !seen.has(column)),
    [Symbol.asyncIterator]: tokens,
  }
}

function withoutHeader(column: string): LineFault {
  return { line: 1, field: column, problem: 'is no column here: the header is missing, or the layout is another one' }
}

/** Members of a JSON column as columns beside it. */
function spread(record: RawRecord, column: string | undefined): RawRecord {
  const isNested = ([name]: readonly [string, unknown]) => column !== undefined && columnKey(name) === column
  const nested = record.values.find(isNested)?.[1]
  const members = typeof nested === 'string' ? objectOf(nested) : nested
  if (typeof members !== 'object' || members === null || Array.isArray(members)) return record
  const columns = record.values.filter((value) => !isNested(value))
  return { line: record.line, values: [...columns, ...Object.entries(members)] }
}

function objectOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

/** Ids of two models are counted apart: the same number is another owner. */
function createOwnerOf({ ownerPrefixes }: ReadSettings): ReadingContext['ownerOf'] {
  let only: string | null = null
  return (row, typeColumn, idColumn) => {
    const type = row.text(typeColumn)
    const id = row.text(idColumn)
    if (type === null || id === null) return id
    only ??= type
    const prefix = ownerPrefixes === null ? (type === only ? '' : undefined) : ownerPrefixes.get(type)
    if (prefix !== undefined) return `${prefix}${id}`
    return row.refuse(
      typeColumn,
      'is a type of owner that no prefix was given for: its ids may be those of another type',
    )
  }
}

function tokenOf(row: Row, reading: Reading, settings: ReadSettings): ForeignToken | null {
  const { defaults } = settings
  const organizationId = organizationOf(row, reading, settings)
  const principalId = reading.principalId ?? defaults.principalId ?? row.refuse('principal', 'is missing')
  const expiresAt = endOf(row, reading, settings)
  if (reading.digest === null || organizationId === null || principalId === null) return null
  const owner: Owner = { organizationId, principalId }
  const { createdAt, id, revokedAt = null, lastUsedAt = null, ipAllowlist = null } = reading
  const input = {
    digest: reading.digest,
    hint: shortened(reading.hint ?? defaults.name, LONGEST_HINT),
    ...named(reading.name ?? defaults.name, reading.description ?? null),
    scopes: reading.scopes ?? defaults.scopes,
    ...{ expiresAt, revokedAt, lastUsedAt, ipAllowlist },
    userId: reading.userId ?? (defaults.actsForOwner ? principalId : null),
    ...(createdAt != null && { createdAt }),
    ...(id != null && { id }),
  }
  return { line: row.line, owner, input }
}

function organizationOf(row: Row, reading: Reading, settings: ReadSettings): string | null {
  const { defaults, onlyOrganizationId: only } = settings
  const named = reading.organizationId ?? defaults.organizationId ?? row.refuse('organization', 'is missing')
  if (named === null || only === null || named === only) return named
  return row.refuse('organization', 'is another organization than --organization')
}

function endOf(row: Row, reading: Reading, { maximumLifetimeMs }: ReadSettings): Date | null {
  const expiresAt = reading.expiresAt ?? null
  if (maximumLifetimeMs === null) return expiresAt
  const createdAt =
    reading.createdAt ?? row.refuse('created_at', 'is missing, and the end of the token is counted from it')
  if (createdAt === null) return null
  const latest = new Date(createdAt.getTime() + maximumLifetimeMs)
  return expiresAt !== null && expiresAt < latest ? expiresAt : latest
}

/** Other systems allow longer names: the rest is kept in the description, if that is free. */
function named(
  name: string,
  description: string | null,
): { readonly name: string; readonly description: string | null } {
  const isLong = [...name].length > LONGEST_NAME
  return { name: shortened(name, LONGEST_NAME), description: isLong ? (description ?? name) : description }
}

function shortened(text: string, longest: number): string {
  // The time of a normal form grows with the square of the marks behind a letter.
  const characters = [...text.slice(0, UNITS_PER_CHARACTER * longest + 1).normalize('NFC')]
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}
