import { wrongOption } from '@patkit/core/adapter'
import type { CompiledQuery } from 'kysely'

/** The part of a pool of `pg` that lookups use. */
export interface PreparingPool {
  query(statement: { readonly name: string; readonly text: string; readonly values: unknown[] }): Promise<{
    readonly rows: readonly unknown[]
  }>
  readonly ended: boolean
  end(): Promise<void>
}

/** Runs one statement again and again. */
export type RunStatement = <R>(query: CompiledQuery<R>) => Promise<readonly R[]>

/** Errors of a pooler that hands a connection on after each transaction: the statement is unknown there, or another's. */
const LOST_STATEMENT: ReadonlySet<unknown> = new Set(['26000', '42P05'])
/** The tables of a prepared statement have changed. */
const CHANGED_RESULT = '0A000'
const WARNING =
  'prepared lookups are off: the connections go through a pooler that loses prepared statements. Leave out the option "preparedOn", or let the pooler keep them (PgBouncer 1.21: max_prepared_statements).'

/**
 * Runs statements by name, so that PostgreSQL parses and plans each of them once for a connection. What a connection
 * does not know is run without a name. A pooler that loses statements is warned about once, and they are no longer
 * prepared.
 */
export function runPrepared(pool: PreparingPool, name: string, otherwise: RunStatement): RunStatement {
  let isOff = false
  return async <R>(query: CompiledQuery<R>) => {
    if (isOff) return otherwise(query)
    try {
      const { rows } = await pool.query({ name, text: query.sql, values: [...query.parameters] })
      return rows as readonly R[]
    } catch (cause) {
      const { code } = Object(cause) as { readonly code?: unknown }
      if (!LOST_STATEMENT.has(code) && code !== CHANGED_RESULT) throw cause
      if (LOST_STATEMENT.has(code) && !isOff) process.emitWarning(WARNING, { code: 'PATKIT_PREPARED_OFF' })
      isOff ||= LOST_STATEMENT.has(code)
      return otherwise(query)
    }
  }
}

/** @throws TypeError for a value that is not a pool, and an engine that has no use for it */
export function preparingPool(pool: PreparingPool | undefined, isPostgres: boolean): PreparingPool | null {
  if (pool === undefined) return null
  if (typeof pool?.query !== 'function' || typeof pool.end !== 'function')
    throw wrongOption('preparedOn', 'must be a pool of pg')
  if (!isPostgres) throw wrongOption('preparedOn', 'is for PostgreSQL only')
  return pool
}
