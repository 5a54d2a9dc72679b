import { startApi } from './api.ts'
import { startLoad } from './load.ts'
import { compare, errandsOf, type Findings, usesOf } from './record.ts'

const AT_ONCE = 64
const LEAST_ANSWERED = 1_000

/**
 * Kills an API with SIGKILL while clients are being answered, and compares what they were answered with what is on
 * record. The database has to be this kill's alone: a row that no client asked for is a broken one. The kill comes at another moment each time: in the midst of as many requests as there are clients.
 */
export async function killUnderLoad(databaseUrl: string): Promise<Findings> {
  const api = await startApi({ url: databaseUrl, mode: 'required', capacity: 10_000, timeoutMs: 5_000 })
  const load = startLoad(api.url, errandsOf(api), AT_ONCE)
  await load.until(LEAST_ANSWERED, ({ status }) => status !== null && status !== 503)
  await api.kill()
  await load.stop()
  return compare(load.answers, await usesOf(databaseUrl))
}
