import { type ClickHouseClient, createClient } from '@clickhouse/client'

/** A client of the engine of ClickHouse in this process, which serves one folder at a time. */
export async function embeddedClickhouse(folder: string): Promise<ClickHouseClient> {
  const { createChdbConnection } = await import('chdb/connection')
  // Their types are of two versions of one interface.
  return createClient({ connection: createChdbConnection({ path: folder }) as never })
}

/** Resolves when no engine uses a folder. */
export async function noClickhouse(): Promise<void> {
  await (await import('chdb')).drainPending()
}
