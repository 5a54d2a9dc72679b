import { CompiledQuery, type Kysely } from 'kysely'
import type { Engine } from '../servers/engine.ts'

/** How an engine would answer a statement. */
export interface QueryPlan {
  /** Each step that reads a table, and what it reads by. */
  readonly steps: readonly string[]
  /** Whether the result is sorted. */
  readonly sorts: boolean
}

type Row = Readonly<Record<string, unknown>>

const EXPLAIN: Readonly<Record<Engine['name'], readonly [prefix: string, read: (rows: readonly Row[]) => QueryPlan]>> =
  {
    SQLite: [
      'explain query plan',
      (rows) => {
        const lines = rows.map(({ detail }) => String(detail))
        const steps = lines.filter((line) => /^(?:SEARCH|SCAN)/.test(line))
        return { steps, sorts: lines.some((line) => line.includes('TEMP B-TREE')) }
      },
    ],
    PostgreSQL: [
      'explain',
      (rows) => {
        const lines = rows.map((row) => String(row['QUERY PLAN']))
        // A heap that is read by a bitmap is read by the index that made the bitmap.
        const steps = lines.filter((line) => /(?<!Heap) Scan /.test(line))
        // Events of one millisecond are put in the order of their ids, as they come.
        return { steps, sorts: lines.some((line) => /(?<!Incremental )Sort {2}/.test(line)) }
      },
    ],
    // Not `possible_keys`, which names indexes that were thought of.
    MariaDB: [
      'explain',
      (rows) => ({
        steps: rows.map(({ table, type, key }) => `${table} ${type} ${key}`),
        sorts: rows.some(({ Extra }) => String(Extra).includes('filesort')),
      }),
    ],
  }

export async function queryPlan(db: Kysely<unknown>, name: Engine['name'], query: CompiledQuery): Promise<QueryPlan> {
  const [prefix, read] = EXPLAIN[name]
  const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(`${prefix} ${query.sql}`, [...query.parameters]))
  return read(rows)
}
