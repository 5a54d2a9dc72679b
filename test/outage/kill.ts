import { startApi } from './api.ts'
import { startLoad } from './load.ts'
import { compare, errandsOf, type Findings, usesOf } from './record.ts'

const AT_ONCE = 64
const LEAST_ANSWERED = 1_000

/**
 * Kills an API with SIGKILL while clients are being answered, and compares their answers with the records. The database
 * belongs to this kill alone: a row that no client asked for is a broken one. Each kill comes at another moment, during
 * as many requests as there are clients.
 */
export async function killUnderLoad(databaseUrl: string): Promise<Findings> {
  const api = await startApi({ url: databaseUrl, mode: 'required', capacity: 10_000, timeoutMs: 5_000 })
  const load = startLoad(api.url, errandsOf(api), AT_ONCE)
  await load.until(LEAST_ANSWERED, ({ status }) => status !== null && status !== 503)
  await api.kill()
  await load.stop()
  return compare(load.answers, await usesOf(databaseUrl))
}
