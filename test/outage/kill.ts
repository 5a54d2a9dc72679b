import { type Api, startApi } from './api.ts'
import { type Load, startLoad } from './load.ts'
import { compare, errandsOf, type Findings, usesOf } from './record.ts'

const AT_ONCE = 64
/** Requests that each API has answered before it is killed. */
export const LEAST_ANSWERED = 1_000

interface LoadedApi {
  readonly api: Api
  readonly load: Load
}

/**
 * Kills an API with SIGKILL while clients are being answered, and compares their answers with the records. The database
 * belongs to this kill alone: a row that no client asked for is a broken one. Each kill comes at another moment, during
 * as many requests as there are clients.
 */
export async function killUnderLoad(databaseUrl: string): Promise<Findings> {
  const { answers } = await killed(await underLoad(databaseUrl, AT_ONCE))
  return compare(answers, await usesOf(databaseUrl))
}

/**
 * The same with several APIs at once on one database: one is killed and replaced `kills` times, while the others answer.
 */
export async function killOneOf(nodes: number, kills: number, databaseUrl: string): Promise<Findings> {
  const start = () => underLoad(databaseUrl, AT_ONCE / nodes)
  const others: LoadedApi[] = []
  while (others.length < nodes - 1) others.push(await start())
  const loads: Load[] = []
  while (loads.length < kills) loads.push(await killed(await start()))
  for (const { api, load } of others) {
    await load.stop()
    await api.kill()
    loads.push(load)
  }
  const answers = loads.flatMap((load) => load.answers)
  return compare(answers, await usesOf(databaseUrl))
}

async function underLoad(databaseUrl: string, atOnce: number): Promise<LoadedApi> {
  const api = await startApi({ url: databaseUrl, mode: 'required', capacity: 10_000, timeoutMs: 5_000 })
  return { api, load: startLoad(api.url, errandsOf(api), atOnce) }
}

async function killed({ api, load }: LoadedApi): Promise<Load> {
  await load.until(LEAST_ANSWERED, ({ status }) => status !== null && status !== 503)
  await api.kill()
  await load.stop()
  return load
}
