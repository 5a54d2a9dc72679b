import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type ClickHouseClient, createClient } from '@clickhouse/client'

/**
 * The folder in which chDB is installed, the engine of ClickHouse as a library. It is half a gigabyte, so that no other
 * program than `pnpm trial clickhouse` installs it. `undefined` where it is not there.
 */
export const chdbFolder = process.env.PATKIT_TEST_CHDB

/** A client of the engine of ClickHouse in this process, which serves one folder at a time. */
export async function embeddedClickhouse(folder: string): Promise<ClickHouseClient> {
  const { createChdbConnection } = await load<{ createChdbConnection(options: { path: string }): never }>(
    'chdb/connection',
  )
  return createClient({ connection: createChdbConnection({ path: folder }) } as object)
}

/** Resolves when no engine uses a folder. */
export async function noClickhouse(): Promise<void> {
  await (await load<{ drainPending(): Promise<void> }>('chdb')).drainPending()
}

async function load<T>(name: string): Promise<T> {
  const path = createRequire(`${chdbFolder}/package.json`).resolve(name)
  return import(/* @vite-ignore */ pathToFileURL(path).href)
}
