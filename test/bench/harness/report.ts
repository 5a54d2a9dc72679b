import { appendFileSync } from 'node:fs'
import type { Plot } from './plot.ts'

export type Row = Readonly<Record<string, string | number>>

export interface Table {
  readonly title: string
  /** Configuration and conditions, as Markdown. */
  readonly note?: string
  readonly rows: readonly Row[]
  readonly plot?: Plot
}

/** The environment variable with the file that tables are collected in for `docs/performance.md`. */
export const TABLES_FILE = 'PATKIT_BENCH_TABLES'

/** Prints a table, and passes it on to the page where one is written. */
export function publish(table: Table): void {
  console.log(`\n${table.title}`)
  if (table.note !== undefined) console.log(table.note)
  console.table(table.rows)
  const file = process.env[TABLES_FILE]
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(table)}\n`)
}
