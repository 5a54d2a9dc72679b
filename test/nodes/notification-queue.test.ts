import { createVerifier } from '@patkit/core'
import { reportNode } from '@patkit/sql'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { bearing, reader } from '../../packages/core/test/api.ts'
import { ownPostgres } from '../servers/postgres.ts'
import { openPostgres } from '../servers/test-database.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { ACTOR, OWNER, openNode } from './tokens-on.ts'

/** The least that PostgreSQL allows. Each page takes 8 KiB. */
const PAGES = 64
/** So that each notification takes a page. */
const PAYLOAD_BYTES = 7_900

test.skipIf(inject('servers').postgres === null)(
  'changes fail while the queue of notifications is full, and uses do not',
  async (context) => {
    const server = await ownPostgres()
    if (!(await limitQueue(server))) {
      await server.stop()
      return context.skip('PostgreSQL before 17 has no limit that a test can reach')
    }
    const database = await openPostgres(server.url)
    const node = await openNode(database)
    const verifier = createVerifier({
      ...node.tokens.verifierOptions,
      audit: { mode: 'required', sink: node.store.audit },
    })
    await node.create(0)
    const { token, secret } = await node.tokens.create(ACTOR, OWNER, { name: 'used', scopes: ['drive:read'] })
    const outcome = async () => (await verifier.verify(bearing(secret.reveal()), reader)).ok

    const listener = await connected(database.url)
    await listener.query('listen anything')
    await listener.query('begin')
    await fill(database.url)
    expect(await outcome()).toBe(true)
    await expect(node.tokens.revoke(ACTOR, OWNER, token.id)).rejects.toThrow('too many notifications')
    expect((await node.tokens.get(OWNER, token.id)).status).toBe('active')
    expect(await outcome()).toBe(true)
    const reporting = reportNode({ store: node.store, verifier })
    await reporting.write()
    expect(reporting.report?.database.queueUsage).toBeGreaterThan(0.9)

    await listener.query('commit')
    await listener.end()
    // The server looks for the end of the queue when it is asked how full it is.
    await reporting.write()
    expect(reporting.report?.database.queueUsage).toBe(0)
    await node.tokens.revoke(ACTOR, OWNER, token.id)
    expect(await outcome()).toBe(false)

    await reporting[Symbol.asyncDispose]()
    await verifier.close()
    await node[Symbol.asyncDispose]()
    await database.drop()
    await server.stop()
  },
)

/** @returns whether the server has the setting */
async function limitQueue(server: OwnServer): Promise<boolean> {
  const admin = await connected(server.url)
  try {
    const { rowCount } = await admin.query(`select from pg_settings where name = 'max_notify_queue_pages'`)
    if (rowCount === 0) return false
    await admin.query(`alter system set max_notify_queue_pages = ${PAGES}`)
  } finally {
    await admin.end()
  }
  await server.halt()
  await server.restart()
  return true
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}

/** Sends notifications until the server takes no more. */
async function fill(url: string): Promise<void> {
  const client = await connected(url)
  const notify = () => client.query('select pg_notify($1, $2)', ['anything', 'x'.repeat(PAYLOAD_BYTES)])
  const untilFull = async () => {
    for (let sent = 0; sent <= PAGES; sent++) await notify()
  }
  await expect(untilFull()).rejects.toThrow('too many notifications in the NOTIFY queue')
  await client.end()
}
