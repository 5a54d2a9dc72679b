import { sqlStore } from '@patkit/sql'
import { Kysely, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import { createConnection } from 'mysql2/promise'
import { expect, test } from 'vitest'
import { ENGINES } from '../servers/engine.ts'

/** 2026-10-25 02:30 in Berlin, the second time: 01:30 UTC. */
const REPEATED = Date.UTC(2026, 9, 25, 1, 30)
const CHANGE = Date.UTC(2026, 9, 25, 1) / 1_000

for (const { name, missing, open } of ENGINES.filter((engine) => engine.name === 'MariaDB')) {
  test.skipIf(missing)(`${name}: the clock is right in the hour that a zone repeats`, async () => {
    const database = await open()
    await addZone(database.url, 'patkit/Berlin')
    // `timestamp` is what the clock of a session stands at.
    const setting = `set time_zone = 'patkit/Berlin', timestamp = ${REPEATED / 1_000}`
    const pool = createPool({ uri: database.url, connectionLimit: 1 })
    pool.on('connection', (connection) => connection.query(setting))
    const db = new Kysely({ dialect: new MysqlDialect({ pool }) })
    expect((await sqlStore({ db }).inspect()).now).toEqual(new Date(REPEATED))
    await db.destroy()
    await database.drop()
  })
}

/** A zone that goes from summer time back to standard time in that night: servers come without any. */
async function addZone(url: string, zone: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query('insert into mysql.time_zone (use_leap_seconds) values (?)', ['N'])
  const id = '(select max(time_zone_id) from mysql.time_zone)'
  await connection.query(`set @zone = ${id}`)
  await connection.query('replace into mysql.time_zone_name values (?, @zone)', [zone])
  await connection.query("insert into mysql.time_zone_transition_type values (@zone, 0, 7200, 1, 'CEST')")
  await connection.query("insert into mysql.time_zone_transition_type values (@zone, 1, 3600, 0, 'CET')")
  await connection.query('insert into mysql.time_zone_transition values (@zone, ?, 0), (@zone, ?, 1)', [0, CHANGE])
  await connection.end()
}
