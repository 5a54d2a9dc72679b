import type { Context } from 'hono'
import { createContractServer, type Fetch } from './contract-server.ts'

const fetch: Fetch = createContractServer((c: Context) => c.req.header('cf-connecting-ip') ?? null)

export default { fetch }
