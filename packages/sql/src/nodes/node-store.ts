import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'
import type { InvalidationLog } from '../invalidation-log.ts'
import type { Integer, Schema } from '../schema.ts'
import { retrying } from '../transaction.ts'
import { type Pooling, poolingOf } from './pooling.ts'

/** What a node reports about itself. */
export interface NodeReport {
  readonly mode: 'cached' | 'uncached'
  /** `null` without a channel. */
  readonly leaseMs: number | null
  /** Cached records of live tokens. */
  readonly entries: number
  /** The part of the requests since the last report that the cache has answered, from 0 to 1; `null` without requests. */
  readonly hitRate: number | null
  /** How old the knowledge of the node is, in milliseconds; `null` without a channel, and before it has caught up. */
  readonly lagMs: number | null
  /** How long the last ping or read of the channel took, in milliseconds. */
  readonly echoMs: number | null
  /** The same of the fast channel, where there are two. */
  readonly fastEchoMs: number | null
  /** How often it reports, in milliseconds. */
  readonly intervalMs: number
  readonly database: DatabaseFacts
}

/** The database as a node is connected to it; `null` for what the engine does not say. */
export interface DatabaseFacts {
  readonly pooling: Pooling | null
  readonly standby: boolean | null
  /** How full the queue of notifications is, from 0 to 1. Once it is full, commits with notifications fail. */
  readonly queueUsage: number | null
}

/** A report, and its age by the clock of the database. */
export interface ListedNode {
  readonly name: string
  readonly ageMs: number
  readonly report: NodeReport
}

/** The reports of running verifiers: `reportNode` writes them, `patkit doctor --nodes` reads them. */
export interface NodeStore {
  /** Replaces the report of a node. */
  put(name: string, report: NodeReport): Promise<void>
  remove(name: string): Promise<void>
  /** In the order of their names. */
  list(): Promise<readonly ListedNode[]>
  /** How this process is connected. To try the pooling takes two connections at once. */
  database(triesPooling: boolean): Promise<DatabaseFacts>
}

/** How long the report of a node that was not stopped is kept. */
const RETENTION_MS = 86_400_000

export function createNodes(db: Kysely<Schema>, engine: Engine, log: InvalidationLog): NodeStore {
  const { now, isStandby, queueUsage } = engine
  const nodes = sql.table('patkit_node')

  async function usage(): Promise<number | null> {
    if (queueUsage === null) return null
    try {
      const { rows } = await queueUsage.execute(db)
      return Number(rows[0]?.usage)
    } catch (error) {
      if (engine.isMissingFunction(error)) return null
      throw error
    }
  }

  return Object.freeze({
    async put(name: string, report: NodeReport) {
      const text = JSON.stringify(report)
      await retrying(engine, async () => {
        const { numAffectedRows } = await sql`
          update ${nodes} set at = ${now}, report = ${text} where name = ${name}`.execute(db)
        if (numAffectedRows === 0n) {
          await sql`insert into ${nodes} (name, at, report) values (${name}, ${now}, ${text})`.execute(db)
        }
      })
    },
    async remove(name: string) {
      await db.deleteFrom('patkit_node').where('name', '=', name).execute()
    },
    async list() {
      const { rows } = await sql<{ readonly name: string; readonly age: Integer; readonly report: string }>`
        select name, ${now} - at as age, report from ${nodes} order by name`.execute(db)
      return rows.map(({ name, age, report }) => ({ name, ageMs: Number(age), report: JSON.parse(report) }))
    },
    async database(triesPooling: boolean) {
      const standby = isStandby === null ? null : await log.isStandby()
      return { pooling: triesPooling ? await poolingOf(db, engine) : null, standby, queueUsage: await usage() }
    },
  } satisfies NodeStore)
}

export async function pruneNodes(db: Kysely<Schema>, { now }: Engine): Promise<void> {
  await sql`delete from ${sql.table('patkit_node')} where at < ${now} - ${sql.lit(RETENTION_MS)}`.execute(db)
}
