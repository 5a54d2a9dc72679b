import type { Context } from 'hono'
import { createContractServer } from './contract-server.ts'

interface Server {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
}
declare const Bun: {
  serve(options: {
    readonly port: number
    readonly hostname: string
    readonly fetch: (request: Request, server: Server) => Response | Promise<Response>
  }): Server
}

const fetch = createContractServer((c: Context<{ Bindings: Server }>) => c.env.requestIP(c.req.raw)?.address ?? null)
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch })
console.log(`listening on ${server.port}`)
