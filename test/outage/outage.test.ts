import { expect, test } from 'vitest'
import { onEachServer } from '../servers/engine.ts'
import { ownMariadb } from '../servers/mariadb.ts'
import { ownPostgres } from '../servers/postgres.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { waitUntil } from '../servers/wait-until.ts'
import { type Api, type ApiOptions, startApi } from './api.ts'
import { type Answer, type Load, startLoad } from './load.ts'
import { compare, errandsOf, usesOf } from './record.ts'

const START: Readonly<Record<string, () => Promise<OwnServer>>> = { PostgreSQL: ownPostgres, MariaDB: ownMariadb }

const AT_ONCE = 16
/** So many answers of a kind say that things are so, and not on their way. */
const ENOUGH = 60

/** The answers that a client may receive in any state of the database. */
const ALLOWED: Readonly<Record<string, readonly (number | null)[]>> = {
  good: [200, 503],
  admin: [403, 503],
  revoked: [401, 503],
  unknown: [401, 503],
}

/** Ways of being away, and of coming back. */
const OUTAGES: readonly (readonly [away: (server: OwnServer) => unknown, back: (server: OwnServer) => unknown])[] = [
  [(server) => server.halt(), (server) => server.restart()],
  [(server) => server.pause(), (server) => server.resume()],
]

onEachServer(({ name }) => {
  const start = START[name] as () => Promise<OwnServer>

  test('required: no request is allowed or denied during the outage, and all is well afterwards', () =>
    underLoad(start, { mode: 'required', capacity: 10_000, timeoutMs: 300 }, async ({ server, load, url }) => {
      for (const [away, back] of OUTAGES) {
        await load.until(ENOUGH, isGood)
        await away(server)
        await load.until(ENOUGH, isOutage)
        await back(server)
        await load.until(ENOUGH, isGood)
      }
      await load.stop()
      expect(load.answers.filter(isWrong)).toEqual([])
      const known = load.answers.filter(({ errand }) => errand !== 'unknown')
      expect(compare(known, await usesOf(url)).lost).toEqual([])
    }))

  test('background: requests are answered, events that fit are kept, and dropped ones are counted', () =>
    underLoad(start, { mode: 'background', capacity: 400, timeoutMs: 300 }, async ({ server, load, url, api }) => {
      for (const [away, back] of OUTAGES) {
        await load.until(ENOUGH, isGood)
        const { auditDropped } = await api.health()
        await away(server)
        while ((await api.health()).auditDropped < auditDropped + 200) await load.until(ENOUGH, isGood)
        await back(server)
      }
      await load.stop()
      expect(load.answers.filter(isWrong)).toEqual([])
      const { emitted, auditDropped } = await written(api)
      const events = [...(await usesOf(url)).values()].flat()
      const kept = events.reduce((sum, { count }) => sum + count, 0)
      expect(kept + auditDropped).toBe(emitted)
    }))
})

interface Harness {
  readonly server: OwnServer
  readonly url: string
  readonly api: Api
  readonly load: Load
}

async function underLoad(
  start: () => Promise<OwnServer>,
  options: Omit<ApiOptions, 'url'>,
  work: (harness: Harness) => Promise<void>,
): Promise<void> {
  const server = await start()
  try {
    const api = await startApi({ ...options, url: server.url })
    const errands = [...errandsOf(api), { name: 'unknown', path: '/files', token: api.unknown }]
    const load = startLoad(api.url, errands, AT_ONCE)
    try {
      await work({ server, api, load, url: server.url })
    } finally {
      await load.stop()
      await api.kill()
    }
  } finally {
    await server.stop()
  }
}

/** What the API holds is written once no event is left: the write that is under way may be one that fails. */
async function written(api: Api): ReturnType<Api['health']> {
  await waitUntil(async () => (await api.flush()).auditWaiting === 0)
  return api.health()
}

function isGood({ errand, status }: Answer): boolean {
  return errand === 'good' && status === 200
}

function isOutage({ errand, status }: Answer): boolean {
  return errand === 'good' && status === 503
}

function isWrong({ errand, status }: Answer): boolean {
  return ALLOWED[errand]?.includes(status) !== true
}
