import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dialect } from 'kysely'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { dialectOf } from './dialect.ts'

/** A new, empty database. */
export interface TestDatabase {
  /** A new pool on it each time: as many programs as are asked for. */
  dialect(): Dialect
  /** For a program of its own. */
  readonly url: string
  drop(): Promise<void>
}

export async function openSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-sqlite-'))
  const file = join(folder, 'test.db')
  return {
    url: `sqlite:${file}`,
    dialect: () => dialectOf(`sqlite:${file}`),
    async drop() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function openPostgres(server: string): Promise<TestDatabase> {
  const name = randomName()
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await admin(`create database ${name}`)
  const url = databaseUrl(server, name)
  return { url, dialect: () => dialectOf(url), drop: () => admin(`drop database ${name}`) }
}

export async function openMariadb(server: string): Promise<TestDatabase> {
  const name = randomName()
  const admin = async (statement: string) => {
    const connection = await createConnection(server)
    await connection.query(statement)
    await connection.end()
  }
  await admin(`create database ${name}`)
  const url = databaseUrl(server, name)
  return { url, dialect: () => dialectOf(url), drop: () => admin(`drop database ${name}`) }
}

function randomName(): string {
  return `patkit_${randomBytes(6).toString('hex')}`
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
